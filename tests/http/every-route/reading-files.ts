/** What GET routes show of a file of Maria. */
import { FORBIDDEN, OWN, type Rule } from './reading-rules.ts';

const CLINIC = { herDoctor: 'shown', otherDoctor: 'absent', staff: 'shown', admin: 'shown' } as const;
const OF_MARIA: Omit<Rule, 'path'> = {
  persons: { maria: 'shown', paul: 'absent', ...CLINIC },
  keys: { 'read:own_files': { maria: 'shown', paul: 'absent' }, 'read:patient_records': CLINIC },
};
const OWN_FILES: Rule = {
  persons: { ...FORBIDDEN, maria: 'shown', paul: 'own' },
  keys: { 'read:own_files': { maria: 'shown', paul: 'own' } },
};

export const FILE_READING: Readonly<Record<string, Rule>> = {
  'GET /api/v1/files/my': OWN_FILES,
  'GET /api/v1/files/quota': OWN_FILES,
  'GET /api/v1/files/user/{userId}': OF_MARIA,
  'GET /api/v1/files/{id}': { ...OF_MARIA, path: '/files/{file}' },
  'GET /api/v1/files/{id}/download': { ...OF_MARIA, path: '/files/{file}/download' },
  // Whoever has uploaded it, within the hour.
  'GET /api/v1/files/{id}/upload': {
    path: '/files/{file}/upload',
    persons: {
      maria: 'shown',
      paul: 'absent',
      herDoctor: 'absent',
      otherDoctor: 'absent',
      staff: 'absent',
      admin: 'absent',
    },
    keys: {
      'manage:own_files': { maria: 'shown', paul: 'absent' },
      'manage:patient_files': { herDoctor: 'absent', otherDoctor: 'absent', staff: 'absent', admin: 'absent' },
    },
  },
  'GET /api/v1/files/{id}/thumbnail': { ...OF_MARIA, path: '/files/{picture}/thumbnail' },
  'GET /api/v1/files/{id}/shares': {
    path: '/files/{file}/shares',
    persons: { maria: 'shown', paul: 'absent', herDoctor: 'own', otherDoctor: 'absent', staff: 'own', admin: 'own' },
    keys: {
      'manage:own_files': { maria: 'shown', paul: 'absent' },
      'manage:patient_files': { herDoctor: 'absent', otherDoctor: 'absent', staff: 'absent', admin: 'absent' },
    },
  },
  'GET /api/v1/files/{id}/accesses': {
    path: '/files/{file}/accesses',
    persons: { ...FORBIDDEN, maria: 'shown', paul: 'absent' },
    keys: { 'read:own_files': { maria: 'shown', paul: 'absent' } },
  },
  'GET /api/v1/files/shared-with-me': {
    persons: OWN,
    keys: {
      'read:own_files': { maria: 'own', paul: 'own' },
      'read:patient_records': { herDoctor: 'own', otherDoctor: 'own', staff: 'own', admin: 'own' },
    },
  },
  'GET /api/v1/admin/files/quarantine': {
    persons: { ...FORBIDDEN, admin: 'shown' },
    keys: { 'manage:quarantine': { admin: 'shown' } },
  },
};
