/** The clinic's logo in its mails: a part of each mail, because nothing is loaded from anywhere (ADR 0222). */
import { isPicture, type PictureFacts, readPicture } from './files/picture.ts';
import { LOGO_BOX } from './notifications/mail-page.ts';
import type { InlinePicture } from './notifications/ports.ts';
import type { SenderLogo } from './shared/messages.ts';

/** In bytes, as many as `PUT /clinic/settings/logo` accepts. A larger one is not part of mails. */
export const LARGEST_LOGO = 101 * 1024;

export interface Logo {
  /** As mails carry it. */
  readonly picture: InlinePicture;
  readonly size: SenderLogo['size'];
}

/**
 * @param key its name in the file storage, which ends with an id of its own
 * @param publicUrl of the portal
 */
export function logoOf(key: string, contentType: string, bytes: Uint8Array, publicUrl: string): Logo {
  const id = key.slice(key.lastIndexOf('/') + 1);
  const facts = isPicture(contentType) ? readPicture(contentType, bytes) : undefined;
  return {
    picture: {
      // Names the same bytes in each mail (RFC 2045 section 7), and those of another portal never.
      contentId: `logo.${id}@${hostOf(publicUrl)}`,
      filename: `logo.${contentType.slice(contentType.indexOf('/') + 1)}`,
      type: contentType,
      bytes,
    },
    size: facts?.ok === true ? shownSize(facts.value) : null,
  };
}

/** Reduced to fit, never enlarged. */
function shownSize({ width, height, orientation }: PictureFacts): NonNullable<SenderLogo['size']> {
  // The ways from 5 on lie on their side.
  const [wide, high] = orientation >= 5 ? [height, width] : [width, height];
  const scale = Math.min(1, LOGO_BOX.width / wide, LOGO_BOX.height / high);
  return { width: Math.max(1, Math.round(wide * scale)), height: Math.max(1, Math.round(high * scale)) };
}

/** A host name as it may stand in a Content-ID; an address of IPv6 loses its brackets, which may not. */
function hostOf(url: string): string {
  const [, authority = ''] = /^https?:\/\/([^/?#]*)/i.exec(url) ?? [];
  return authority.replace(/:\d+$/, '').replace(/[^a-z0-9.-]/gi, '') || 'localhost';
}
