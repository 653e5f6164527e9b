import { describe, expect, test } from 'vitest';
import { linkTo, pathTo, requestOf } from '../../../src/http/links.ts';

describe('links to operations', () => {
  test('have the method that is declared, unless it is GET', () => {
    expect(linkTo('bookAppointment')).toEqual({ href: '/api/v1/appointments', method: 'POST' });
    expect(linkTo('getAppointment', { id: '42' })).toEqual({ href: '/api/v1/appointments/42' });
  });

  test('have the values of all parameters, encoded, also before an extension', () => {
    expect(pathTo('deleteTimeOff', { id: 'a/b', timeOffId: '%' })).toBe('/api/v1/doctors/a%2Fb/time-off/%25');
    expect(pathTo('getAppointmentCalendar', { id: '42' })).toBe('/api/v1/appointments/42.ics');
  });

  test('are named in texts by method and declared path', () => {
    expect(requestOf('listMerges')).toBe('GET /api/v1/patients/{id}/merges');
  });
});
