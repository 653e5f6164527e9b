import { useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ChoiceStatus } from './choice-status.tsx';
import { Earliest } from './earliest.tsx';
import { Month } from './month.tsx';
import { NoTimes } from './no-times.tsx';
import type { BookingPlace, Go } from './place.ts';
import { type Doctor, fitting, type VisitType, type Wanted } from './slots.ts';
import { type Choosing, slotOf } from './use-hold.ts';
import { DoctorSelect } from './visit-step.tsx';

interface TimeStepProps {
  readonly wanted: Wanted;
  readonly types: readonly VisitType[];
  readonly doctors: readonly Doctor[];
  readonly choosing: Choosing;
  readonly place: BookingPlace;
  readonly go: Go;
  /** Leads to the times of all doctors; absent where they are shown. */
  readonly onOthers?: (() => void) | undefined;
  readonly hasWaitlist: boolean;
}

const VIEWS = ['earliest', 'byDay'] as const;

/** The times: the earliest of all, or those of a day. */
export function TimeStep({ wanted, types, doctors, choosing, place, go, onOthers, hasWaitlist }: TimeStepProps) {
  const { time: words, none } = useTexts().booking;
  const [isAsked, ask] = useState(false);
  const { choice, choose } = choosing;
  const slot = slotOf(choice);
  const isLost = choice.state === 'failed' || choice.state === 'expired';
  const isOfWanted = wanted.doctorId === undefined || wanted.doctorId === slot?.doctorId;
  const chosen = isLost || !isOfWanted ? null : slot;
  const fits = fitting(doctors, types, wanted);
  const proceed = () => {
    if (choice.state === 'kept' || choice.state === 'chosen') go({ step: 'check' });
    else ask(true);
  };
  const doctorSelect = <DoctorSelect doctors={fits} value={undefined} onChange={(doctor) => go({ doctor })} />;
  return (
    <div className="space-y-6">
      <Tabs
        selectedKey={place.view === 'day' ? 'byDay' : 'earliest'}
        onSelectionChange={(view) => go({ view: view === 'byDay' ? 'day' : undefined }, { replace: true })}
        className="space-y-4"
      >
        <TabList aria-label={words.views} className="flex flex-wrap gap-2">
          {VIEWS.map((view) => (
            <Tab
              key={view}
              id={view}
              className="min-h-11 cursor-pointer content-center rounded-control border border-control px-4 selected:border-brand selected:bg-brand-soft selected:font-semibold selected:text-brand"
            >
              {words[view]}
            </Tab>
          ))}
        </TabList>
        <TabPanel id="earliest" className="shadow-none outline-none">
          <Earliest
            wanted={wanted}
            chosen={chosen}
            onChoose={choose}
            none={(until) => (
              <NoTimes wanted={wanted} searchedUntil={until} onOthers={onOthers} hasWaitlist={hasWaitlist} />
            )}
          />
        </TabPanel>
        <TabPanel id="byDay" className="shadow-none outline-none">
          <Month
            wanted={wanted}
            doctors={fits}
            place={place}
            go={go}
            chosen={chosen}
            onChoose={choose}
            chooseDoctor={doctorSelect}
          />
        </TabPanel>
      </Tabs>
      <div className="sticky bottom-14 z-[5] space-y-3 rounded-card border border-line bg-surface p-4 md:bottom-0">
        {isAsked && slot === null && <Notice kind="bad">{words.chooseFirst}</Notice>}
        <ChoiceStatus choosing={choosing} type={wanted.type} />
        <div className="flex flex-wrap gap-3">
          <Button kind="primary" isPending={choice.state === 'placing'} onPress={proceed}>
            {words.submit}
          </Button>
          {onOthers !== undefined && (
            <Button kind="quiet" onPress={onOthers}>
              {none.others}
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}
