/** Run under Deno with the permissions of the portal: serves the thumbnailer, and says at which port. */
import { photonThumbnailer } from '../../adapters/photon/thumbnailer.ts';
import { answerRender } from './remote-thumbnailer.ts';

const thumbnailer = photonThumbnailer();

Deno.serve({ hostname: '127.0.0.1', port: 0, onListen: ({ port }) => console.log(port) }, (request) =>
  answerRender(thumbnailer, request),
);
