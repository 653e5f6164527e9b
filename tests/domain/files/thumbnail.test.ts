import { expect, test } from 'vitest';
import { FILE_STATES, type PatientFile, type StoredThumbnails, THUMBNAIL_FAULTS } from '../../../domain/files/file.ts';
import { FILE_TYPES } from '../../../domain/files/file-type.ts';
import { isPicture } from '../../../domain/files/picture.ts';
import { thumbnailState, wantsThumbnails } from '../../../domain/files/thumbnail.ts';

const STORED: readonly StoredThumbnails[] = [null, 'ready', ...THUMBNAIL_FAULTS];
const every = FILE_TYPES.flatMap((mimeType) =>
  FILE_STATES.flatMap((state) => STORED.map((thumbnails) => ({ mimeType, state, thumbnails }) as PatientFile)),
);

test('R53: they are made of clean pictures alone, once', () => {
  expect(every.filter(wantsThumbnails)).toEqual(
    every.filter(({ mimeType, state, thumbnails }) => isPicture(mimeType) && state === 'clean' && thumbnails === null),
  );
});

test('they are ready only while the file is clean, and never for other types or what is in quarantine', () => {
  const shown = every.filter((file) => thumbnailState(file).state === 'ready');
  expect(shown).toEqual(
    every.filter(
      ({ mimeType, state, thumbnails }) => isPicture(mimeType) && state === 'clean' && thumbnails === 'ready',
    ),
  );
  const states = (mimeType: string, thumbnails: StoredThumbnails) =>
    FILE_STATES.map((state) => thumbnailState({ mimeType, state, thumbnails } as PatientFile));
  const [pending, ready] = [{ state: 'pending' }, { state: 'ready' }];
  const none = (reason: string) => ({ state: 'none', reason });
  expect(states('image/png', null)).toEqual([pending, pending, pending, none('quarantined'), none('quarantined')]);
  expect(states('image/png', 'ready')).toEqual([pending, pending, ready, none('quarantined'), none('quarantined')]);
  expect(states('image/jpeg', 'damaged')[2]).toEqual(none('damaged'));
  expect(states('image/heic', null)[2]).toEqual(none('type'));
});
