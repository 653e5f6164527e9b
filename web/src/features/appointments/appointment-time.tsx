import type { Answer } from '../../app/api.ts';
import { cityOf, dayOf, ownTime, wallTime } from '../../app/dates.ts';
import { filled, useSpoken } from '../../texts/texts.tsx';
import { Badge, type NoticeKind } from '../../ui/notice.tsx';

export type Appointment = Answer<'getAppointment'>;

/** Day, time, doctor and state. The time is the clinic's, and also the reader's where the two differ. */
export function AppointmentTime({
  appointment,
  isLarge = false,
}: {
  readonly appointment: Appointment;
  readonly isLarge?: boolean;
}) {
  const { texts, language } = useSpoken();
  const { start, appointmentDate, startTime, timezone, doctorName, status } = appointment;
  const own = ownTime(start, appointmentDate, startTime, language);
  const time = wallTime(startTime, language);
  return (
    <div className="space-y-1">
      <p className={isLarge ? 'text-[1.75rem] leading-tight font-bold' : 'text-lg font-semibold'}>
        <time dateTime={start}>
          {dayOf(appointmentDate, language)},{' '}
          {own === null ? time : filled(texts.appointment.at, { time, place: cityOf(timezone) })}
        </time>
      </p>
      {own !== null && <p className="text-mute">{filled(texts.appointment.yours, { time: own })}</p>}
      <p>{filled(texts.appointment.with, { doctor: doctorName })}</p>
      <Badge kind={STATES[status]}>{texts.appointment.status[status]}</Badge>
    </div>
  );
}

const STATES: Readonly<Record<Appointment['status'], NoticeKind>> = {
  requested: 'warn',
  scheduled: 'info',
  confirmed: 'good',
  arrived: 'good',
  roomed: 'good',
  in_progress: 'good',
  completed: 'good',
  left_without_being_seen: 'warn',
  cancelled: 'bad',
  no_show: 'bad',
};
