/** A thumbnailer in another runtime, asked over HTTP. Imports nothing of a runtime, because both sides use it. */
import type { Thumbnailer } from '../../domain/files/ports.ts';
import { Unavailable } from '../../domain/shared/ports.ts';

export async function answerRender(thumbnailer: Thumbnailer, request: Request): Promise<Response> {
  if (request.method === 'GET') return new Response('ok');
  const { picture, facts, shapes, type } = (await request.json()) as {
    readonly picture: number[];
    readonly facts: Parameters<Thumbnailer['render']>[1];
    readonly shapes: Parameters<Thumbnailer['render']>[2];
    readonly type: Parameters<Thumbnailer['render']>[3];
  };
  try {
    const made = await thumbnailer.render(Uint8Array.from(picture), facts, shapes, type);
    // In JSON there is no undefined, and nothing but undefined may pass for it.
    return Response.json({ made: made === undefined ? null : made.map((bytes) => [...bytes]) });
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return Response.json({ unavailable: `${error.service}: ${error.reason}: ${error.cause}` }, { status: 503 });
  }
}

export function remoteThumbnailer(url: () => URL): Thumbnailer {
  return {
    async render(picture, facts, shapes, type) {
      const body = JSON.stringify({ picture: [...picture], facts, shapes, type });
      const response = await fetch(url(), { method: 'POST', body });
      const answer = (await response.json()) as { readonly made?: number[][] | null; readonly unavailable?: string };
      if (response.status !== 200) throw new Unavailable(answer.unavailable ?? 'thumbnailer');
      return answer.made?.map((bytes) => Uint8Array.from(bytes));
    },
  };
}
