/** A Worker that sends what its request orders. */
import { type Order, sendAll } from './channels.fixture.ts';

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await sendAll((await request.json()) as Order));
  },
};
