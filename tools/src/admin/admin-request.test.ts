import { expect, test } from 'vitest';
import { readAdminRequest } from './admin-request.ts';

test.each([
  ['grant super_admin demo_ada', { kind: 'grant', handle: 'demo_ada', isForced: false }],
  ['grant super_admin demo_ada --force', { kind: 'grant', handle: 'demo_ada', isForced: true }],
  ['--force grant super_admin demo_ada', { kind: 'grant', handle: 'demo_ada', isForced: true }],
  ['list', { kind: 'list', isJson: false }],
  ['list --json', { kind: 'list', isJson: true }],
])('%s is understood', (line, request) => {
  expect(readAdminRequest(line.split(' '))).toEqual(request);
});

test.each([
  '',
  'grant',
  'grant super_admin',
  'grant admin demo_ada',
  'grant super_admin demo_ada demo_bola',
  'grant super_admin demo_ada --json',
  'revoke super_admin demo_ada',
  'list super_admin',
  'list --force',
  'list --all',
])('%s is not', (line) => {
  expect(readAdminRequest(line.split(' ').filter((word) => word !== ''))).toBeNull();
});
