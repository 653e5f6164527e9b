import { expect, test } from 'vitest';
import { RememberingRouter } from '../../src/http/remembering-router.ts';

function routerOf(...routes: readonly (readonly [method: string, path: string])[]) {
  const router = new RememberingRouter<string>();
  for (const [method, path] of routes) router.add(method, path, `${method} ${path}`);
  const found = (method: string, path: string) => router.match(method, path)[0].map(([handler]) => handler);
  return { router, found };
}

test('finds the same each time: of paths with and without parameters, of several methods, in the order of declaration', () => {
  const { router, found } = routerOf(['ALL', '*'], ['GET', '/users/me'], ['GET', '/users/:id'], ['POST', '/users']);
  for (let time = 0; time < 3; time++) {
    expect(found('GET', '/users/me')).toEqual(['ALL *', 'GET /users/me', 'GET /users/:id']);
    expect(found('GET', '/users/7')).toEqual(['ALL *', 'GET /users/:id']);
    expect(found('POST', '/users')).toEqual(['ALL *', 'POST /users']);
    expect(found('GET', '/users')).toEqual(['ALL *']);
    expect(found('BREW', '/users/me')).toEqual(['ALL *']);
    expect(router.match('GET', '/users/7')[0]).toContainEqual(['GET /users/:id', { id: '7' }]);
  }
});

test('a path that is declared later is found, also where another one was found before', () => {
  const { router, found } = routerOf(['GET', '/users/:id'], ['GET', '/users/me']);
  expect(found('GET', '/users/me')).toHaveLength(2);
  router.add('GET', '/*', 'rest');
  expect(found('GET', '/users/me')).toEqual(['GET /users/:id', 'GET /users/me', 'rest']);
});
