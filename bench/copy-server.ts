/** A bare route under Deno that streams a body to a file, and the file back: what `files.ts` compares with. */
const [path = ''] = Deno.args;

const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen: () => {} }, async (request) => {
  if (request.method === 'GET') {
    const file = await Deno.open(path);
    return new Response(file.readable, { headers: { 'Content-Length': String((await file.stat()).size) } });
  }
  const file = await Deno.open(path, { write: true, create: true, truncate: true });
  await request.body?.pipeTo(file.writable);
  return new Response(null, { status: 204 });
});
console.log(JSON.stringify({ port: server.addr.port }));
