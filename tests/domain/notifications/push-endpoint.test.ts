import { expect, test } from 'vitest';
import { isPushEndpoint, normalisedEndpoint } from '../../../domain/notifications/push-endpoint.ts';

test.each([
  'https://fcm.googleapis.com/fcm/send/abc:APA91b',
  'https://updates.push.services.mozilla.com/wpush/v2/gAAAA',
  'https://web.push.apple.com/QGuQyavXutnMH',
  'https://wns2-par02p.notify.windows.com/w/?token=BQYA',
  'https://fcm.googleapis.com:443/fcm/send/abc',
])('the push service of a browser: %s', (endpoint) => {
  expect(isPushEndpoint(endpoint)).toBe(true);
});

// Each has a path, so that nothing but its fault refuses it.
test.each([
  'http://fcm.googleapis.com/fcm/send/abc',
  'https://fcm.googleapis.com:8443/fcm/send/abc',
  'https://fcm.googleapis.com@127.0.0.1/x',
  'https://user@fcm.googleapis.com/x',
  'https://fcm.googleapis.com.example.org/x',
  'https://evilfcm.googleapis.com/x',
  'https://evilpush.apple.com/x',
  'https://.push.apple.com/x',
  'https://push.apple.com/x',
  'https://FCM.googleapis.com/x',
  'https://fcm.googleapis.com\\@127.0.0.1/x',
  'https://fcm.googleapis.com/\r\nHost: localhost',
  'https://127.0.0.1/x',
  'https://[::1]/x',
  'https://2130706433/x',
  'https://localhost/x',
  'https://169.254.169.254/latest/meta-data',
  'file:///etc/passwd',
  'https://fcm.googleapis.com',
  'https://fcm.googleapis.com/',
  '',
])('no push service: %j', (endpoint) => {
  expect(isPushEndpoint(endpoint)).toBe(false);
});

test.each([
  ['https://fcm.googleapis.com/fcm/send/a:b#once', 'https://fcm.googleapis.com/fcm/send/a:b'],
  ['https://fcm.googleapis.com/fcm/send/a:b#', 'https://fcm.googleapis.com/fcm/send/a:b'],
  ['https://fcm.googleapis.com:443/fcm/send/a:b', 'https://fcm.googleapis.com/fcm/send/a:b'],
  ['https://wns2-par02p.notify.windows.com/w/?token=B%2fY', 'https://wns2-par02p.notify.windows.com/w/?token=B%2fY'],
])('requests to %s go to %s', (endpoint, sentTo) => {
  expect(normalisedEndpoint(endpoint)).toBe(sentTo);
  expect(normalisedEndpoint(sentTo)).toBe(sentTo);
});

test('the operator may add hosts, by name or all below one', () => {
  const added = ['push.example.org', '.push.example.net'];
  expect(isPushEndpoint('https://push.example.org/1', added)).toBe(true);
  expect(isPushEndpoint('https://a.push.example.net/1', added)).toBe(true);
  expect(isPushEndpoint('https://a.push.example.org/1', added)).toBe(false);
  expect(isPushEndpoint('https://push.example.net/1', added)).toBe(false);
});
