import { type ReactNode, useState } from 'react';
import { Radio, RadioGroup } from 'react-aria-components';
import { filled, useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Empty } from '../../ui/page.tsx';
import type { BookingPlace, Go } from './place.ts';
import { Select } from './select.tsx';
import { type Doctor, fitting, type VisitType } from './slots.ts';

interface VisitStepProps {
  readonly types: readonly VisitType[];
  readonly doctors: readonly Doctor[];
  readonly place: BookingPlace;
  readonly go: Go;
}

/** What, and with whom if that matters. */
export function VisitStep({ types, doctors, place, go }: VisitStepProps) {
  const { visit } = useTexts().booking;
  const [isAsked, ask] = useState(false);
  if (types.length === 0) return <Empty title={visit.none} help={visit.noneHelp} />;
  const type = types.find(({ code }) => code === place.type) ?? (types.length === 1 ? types[0] : undefined);
  // Chosen in the address, so that Back and a new start find it.
  const change = (next: BookingPlace) => go(next, { replace: true });
  return (
    <form
      className="space-y-6"
      onSubmit={(event) => {
        event.preventDefault();
        if (type === undefined) ask(true);
        else go({ step: 'time', type: type.code, day: undefined, month: undefined });
      }}
    >
      {isAsked && type === undefined && <Notice kind="bad">{visit.chooseType}</Notice>}
      <RadioGroup
        aria-label={visit.type}
        value={type?.code ?? null}
        onChange={(code) => change({ type: code, mode: undefined, doctor: undefined, specialty: undefined })}
        className="space-y-2"
      >
        <h2>{visit.type}</h2>
        {types.map((each) => (
          <Option key={each.id} value={each.code} title={each.name}>
            {filled(visit.minutes, { count: each.durationMinutes })}
            {each.requiresApproval && ` · ${visit.approval}`}
          </Option>
        ))}
      </RadioGroup>
      {type !== undefined && <Wishes type={type} types={types} doctors={doctors} place={place} change={change} />}
      <Button type="submit" kind="primary">
        {visit.submit}
      </Button>
    </form>
  );
}

interface WishesProps {
  readonly type: VisitType;
  readonly types: readonly VisitType[];
  readonly doctors: readonly Doctor[];
  readonly place: BookingPlace;
  readonly change: (next: BookingPlace) => void;
}

function Wishes({ type, types, doctors, place, change }: WishesProps) {
  const { visit } = useTexts().booking;
  const offering = fitting(doctors, types, { type: type.code });
  const specialties = [...new Set(offering.flatMap(({ specialty }) => specialty ?? []))].toSorted();
  const shown = offering.filter(({ specialty }) => place.specialty === undefined || specialty === place.specialty);
  return (
    <>
      {type.visitModes.length > 1 && (
        <RadioGroup
          aria-label={visit.mode}
          value={place.mode ?? type.visitModes[0] ?? null}
          onChange={(mode) => change({ mode })}
          className="space-y-2"
        >
          <h2>{visit.mode}</h2>
          {type.visitModes.map((mode) => (
            <Option key={mode} value={mode} title={visit.modes[mode]} />
          ))}
        </RadioGroup>
      )}
      <div className="grid gap-4 sm:grid-cols-2">
        {specialties.length > 1 && (
          <Select
            label={visit.specialty}
            value={place.specialty ?? ''}
            onChange={(specialty) => change({ specialty, doctor: undefined })}
            options={[
              { value: '', text: visit.anySpecialty },
              ...specialties.map((each) => ({ value: each, text: each })),
            ]}
          />
        )}
        <DoctorSelect doctors={shown} value={place.doctor} onChange={(doctor) => change({ doctor })} />
      </div>
    </>
  );
}

interface DoctorSelectProps {
  readonly doctors: readonly Doctor[];
  readonly value: string | undefined;
  readonly onChange: (doctor: string) => void;
}

export function DoctorSelect({ doctors, value, onChange }: DoctorSelectProps) {
  const { visit } = useTexts().booking;
  return (
    <Select
      label={visit.doctor}
      value={value ?? ''}
      onChange={onChange}
      options={[
        { value: '', text: visit.anyDoctor },
        ...doctors.map(({ id, name, specialty }) => ({
          value: id,
          text: specialty === null ? name : `${name} · ${specialty}`,
        })),
      ]}
    />
  );
}

interface OptionProps {
  readonly value: string;
  readonly title: string;
  readonly children?: ReactNode;
}

function Option({ value, title, children }: OptionProps) {
  return (
    <Radio
      value={value}
      className="group flex min-h-11 cursor-pointer items-center gap-3 rounded-control border border-control bg-surface px-3 py-2 hover:bg-brand-soft selected:border-brand selected:bg-brand-soft"
    >
      <span
        aria-hidden
        className="size-5 shrink-0 rounded-full border-2 border-control group-selected:border-6 group-selected:border-brand"
      />
      <span>
        <span className="block font-medium">{title}</span>
        {children && <span className="block text-sm text-mute">{children}</span>}
      </span>
    </Radio>
  );
}
