import { describe, expect, test } from 'vitest';
import {
  type Clinic,
  type ClinicSettings,
  changeClinic,
  changeLogo,
  contrast,
  differences,
  signatureOf,
} from '../../../domain/scheduling/clinic-settings.ts';
import { UTC } from '../../../domain/shared/zone.ts';
import { NOW } from './builders.ts';

const SETTINGS: ClinicSettings = {
  name: 'Park',
  street: null,
  city: null,
  state: null,
  postalCode: null,
  country: null,
  phone: null,
  email: null,
  timezone: UTC,
  videoLink: null,
  namesDoctorInReminders: true,
  digestTime: null,
  publicFileLinks: false,
  dailyCaps: { email: null, sms: null, push: null },
  colours: null,
  welcome: null,
  imprint: null,
  mailFooter: null,
  limits: {},
};
const CLINIC: Clinic = { ...SETTINGS, limits: { offerMinutes: 30, maximumReschedules: 10 }, logoKey: null, version: 3 };

const changed = (fields: Partial<ClinicSettings>, expected: number | null = 3) =>
  changeClinic(CLINIC, { ...SETTINGS, ...fields }, expected, NOW);

describe('changing the settings', () => {
  test('is decided on a version, and limits that are left out stay', () => {
    const { namesDoctorInReminders: _, ...others } = SETTINGS;
    expect(changeClinic(CLINIC, others, 3, NOW)).toMatchObject({ value: { clinic: { namesDoctorInReminders: true } } });
    expect(changed({ namesDoctorInReminders: false })).toMatchObject({
      value: { clinic: { namesDoctorInReminders: false } },
    });
    const capped = changed({ dailyCaps: { email: null, sms: 5, push: null } });
    expect(capped).toMatchObject({ value: { clinic: { dailyCaps: { email: null, sms: 5, push: null } } } });
    expect(changed({}, 2)).toEqual({ ok: false, error: { code: 'stale_version', version: 3 } });
    const result = changed({ name: 'Lake', limits: { offerMinutes: 60 } });
    expect(result).toMatchObject({
      ok: true,
      value: {
        expectedVersion: 3,
        clinic: { name: 'Lake', version: 4, limits: { offerMinutes: 60, maximumReschedules: 10 } },
      },
    });
  });

  test('refuses colours without contrast and texts with HTML, all at once', () => {
    const colours = { primary: '#777777', onPrimary: '#ffffff' };
    const refused = changed({
      name: '<i>x</i>',
      colours,
      welcome: 'x <b>y</b>',
      imprint: '1 < 2 <3',
      mailFooter: '<!-- -->',
    });
    expect(refused).toMatchObject({
      ok: false,
      error: {
        errors: [
          { pointer: '/colours/onPrimary', message: 'expected a contrast of 4.5:1 with primary, got 4.48:1' },
          { pointer: '/name' },
          { pointer: '/texts/welcome' },
          { pointer: '/texts/mailFooter' },
        ],
      },
    });
    expect(changed({ colours: { primary: '#767676', onPrimary: '#ffffff' } }).ok).toBe(true);
  });
});

test('a logo is changed on a version, and what is not there cannot be removed', () => {
  expect(changeLogo(CLINIC, 'clinic/logo/1', 2, NOW)).toMatchObject({ error: { code: 'stale_version' } });
  expect(changeLogo(CLINIC, 'clinic/logo/1', 3, NOW)).toMatchObject({
    value: { expectedVersion: 3, clinic: { name: 'Park', logoKey: 'clinic/logo/1', version: 4 } },
  });
  expect(changeLogo(CLINIC, null, 3, NOW)).toEqual({ ok: false, error: { code: 'not_found' } });
});

test('the signature of mails leaves out what is missing, and there is none before the first save', () => {
  const address = { street: 'Lindenstraße 12', postalCode: '10969', city: 'Berlin', country: 'DE' };
  const full = { ...CLINIC, ...address, phone: '+4930901820', mailFooter: 'Please do not answer.\n\n Thank you \n' };
  expect(signatureOf(full)).toEqual([
    ...['Park', 'Lindenstraße 12, 10969 Berlin', '+4930901820', 'Please do not answer.', 'Thank you'],
  ]);
  expect(signatureOf(CLINIC)).toEqual(['Park']);
  expect(signatureOf({ ...full, name: null })).toEqual([]);
});

test('contrast is that of WCAG, in both directions', () => {
  expect(contrast('#000000', '#ffffff')).toBe(21);
  expect(contrast('#ffffff', '#000000')).toBe(21);
  expect(contrast('#808080', '#808080')).toBe(1);
  expect(contrast('#0000ff', '#ffffff')).toBeCloseTo(8.59, 2);
});

test('differences name fields and limits', () => {
  const after = { ...CLINIC, name: 'Lake', version: 4, limits: { offerMinutes: 60, maximumReschedules: 10 } };
  expect(differences(CLINIC, after)).toEqual(['name', 'offerMinutes']);
  expect(differences(CLINIC, CLINIC)).toEqual([]);
});
