import { expect, test } from 'vitest';
import { addressFault, isPublicIp } from '../../../domain/webhooks/address.ts';

const faultOf = (url: string, localhost = false, hosts: readonly string[] = ['*']) =>
  addressFault(new URL(url), { localhost, hosts });

test.each([
  'https://practice.example.org/hooks?key=1',
  'https://practice.example.org:8443/',
  'https://8.8.8.8/',
  'https://[2606:4700:4700::1111]/',
  'https://xn--bcher-kva.example.com/',
])('%s may receive events', (url) => {
  expect(faultOf(url)).toBeUndefined();
});

test.each([
  ['http://practice.example.org/', 'not_https'],
  ['ftp://practice.example.org/', 'not_https'],
  ['file:///etc/passwd', 'not_https'],
  ['https://user@practice.example.org/', 'has_credentials'],
  ['https://:secret@practice.example.org/', 'has_credentials'],
  ['https://localhost/', 'not_public'],
  ['https://a.localhost/', 'not_public'],
  ['https://localhost./', 'not_public'],
  ['https://printer/', 'not_public'],
  ['https://nas.local/', 'not_public'],
  ['https://metadata.google.internal/', 'not_public'],
  ['https://router.home.arpa/', 'not_public'],
  ['https://127.0.0.1/', 'not_public'],
  // The URL parser writes all of these as 127.0.0.1.
  ['https://2130706433/', 'not_public'],
  ['https://0x7f.1/', 'not_public'],
  ['https://0177.0.0.1/', 'not_public'],
  ['https://127.1/', 'not_public'],
  ['https://127.0.0.1./', 'not_public'],
  ['https://\uFF11\uFF12\uFF17.0.0.1/', 'not_public'],
  ['https://169.254.169.254/latest/meta-data/', 'not_public'],
  ['https://[::1]/', 'not_public'],
  ['https://[::]/', 'not_public'],
  ['https://[::ffff:10.0.0.1]/', 'not_public'],
  ['https://[::ffff:8.8.8.8]/', 'not_public'],
  ['https://[64:ff9b::a00:1]/', 'not_public'],
  ['https://[fe80::1]/', 'not_public'],
  ['https://[fd00:ec2::254]/', 'not_public'],
  ['https://[2002:7f00:1::]/', 'not_public'],
  ['https://[2001::1]/', 'not_public'],
  ['https://[2001:db8::1]/', 'not_public'],
  ['https://[3fff:1::1]/', 'not_public'],
])('%s is refused: %s', (url, fault) => {
  expect(faultOf(url)).toBe(fault);
});

test.each([
  '0.0.0.0',
  '10.255.255.255',
  '100.64.0.1',
  '127.255.255.255',
  '169.254.0.1',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.0.1',
  '198.18.0.1',
  '198.19.255.255',
  '224.0.0.1',
  '255.255.255.255',
  'fe80::1%eth0',
  '::',
  '::1',
  'fc00::1',
  'ff02::1',
  '1fff:ffff::1',
  '2001:1ff::1',
  '3fff::1',
  '3fff:fff::1',
  '4000::1',
  'nonsense',
  '',
])('%s is not of the public internet', (ip) => {
  expect(isPublicIp(ip)).toBe(false);
});

test.each([
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.0.1',
  '172.32.0.1',
  '192.167.1.1',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2000::1',
  '2001:200::1',
  '2600:db8::1',
  '2600::1',
  '3ffe::1',
  '3fff:1000::1',
  '2a00:1450::1',
])('%s is of the public internet', (ip) => {
  expect(isPublicIp(ip)).toBe(true);
});

test('this machine may receive events in development, if the setting says so, and nothing else more', () => {
  expect(faultOf('http://localhost:3000/', true)).toBeUndefined();
  expect(faultOf('http://127.0.0.1:3000/', true)).toBeUndefined();
  expect(faultOf('http://[::1]:3000/', true)).toBeUndefined();
  expect(faultOf('ftp://localhost/', true)).toBe('not_https');
  expect(faultOf('http://user@localhost/', true)).toBe('has_credentials');
  expect(faultOf('http://practice.example.org/', true)).toBe('not_https');
  expect(faultOf('https://10.0.0.1/', true)).toBe('not_public');
  expect(faultOf('http://localhost.example.org/', true)).toBe('not_https');
  expect(faultOf('http://localhost:3000/', false)).toBe('not_https');
});

test('only the hosts that the operator names may receive events', () => {
  const among = (url: string, ...hosts: string[]) => faultOf(url, false, hosts);
  expect(among('https://a.example/')).toBe('host_not_allowed');
  expect(among('https://a.example/', 'b.example', 'a.example')).toBeUndefined();
  expect(among('https://a.example./', 'a.example')).toBeUndefined();
  expect(among('https://x.a.example/', 'a.example')).toBe('host_not_allowed');
  expect(among('https://x.a.example/', '.a.example')).toBeUndefined();
  expect(among('https://a.example/', '.a.example')).toBe('host_not_allowed');
  // The URL parser accepts an empty label.
  expect(among('https://.a.example/', '.a.example')).toBe('host_not_allowed');
  expect(among('https://other.example/', '.a.example')).toBe('host_not_allowed');
  expect(among('https://longer.other.example/', '.a.example')).toBe('host_not_allowed');
  expect(among('https://xa.example/', 'a.example')).toBe('host_not_allowed');
  expect(among('https://10.0.0.1/', '10.0.0.1')).toBe('not_public');
});
