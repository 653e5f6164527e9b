/** Calendar files, read by two libraries that are not the one that writes them. */
import ICAL from 'ical.js';
import nodeIcal from 'node-ical';

/** Read by ical.js, which takes the zones from the file. */
export function eventsOf(text: string) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  return calendar.getAllSubcomponents('vevent').map((component) => {
    const event = new ICAL.Event(component);
    return {
      uid: event.uid,
      sequence: event.sequence,
      status: component.getFirstPropertyValue('status'),
      start: event.startDate.toJSDate().toISOString(),
      end: event.endDate.toJSDate().toISOString(),
      zone: event.startDate.zone?.tzid,
      summary: event.summary,
      description: event.description,
      location: event.location,
      url: component.getFirstPropertyValue('url'),
      organizer: component.getFirstPropertyValue('organizer'),
    };
  });
}

/** Starts and ends, read by node-ical, which takes the zones from the runtime. */
export function timesByRuntime(text: string): readonly { readonly start: string; readonly end: string }[] {
  return Object.values(nodeIcal.sync.parseICS(text)).flatMap((component) =>
    component?.type === 'VEVENT' && component.end !== undefined
      ? [{ start: component.start.toISOString(), end: component.end.toISOString() }]
      : [],
  );
}
