/** Run in workerd: serves the thumbnailer over the binding. */
import { type Images, imagesThumbnailer } from '../../adapters/images/thumbnailer.ts';
import { answerRender } from './remote-thumbnailer.ts';

export default {
  fetch: (request: Request, { IMAGES }: { readonly IMAGES: Images }) =>
    answerRender(imagesThumbnailer(IMAGES), request),
};
