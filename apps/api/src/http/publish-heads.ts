import { type Core, getHeads, publicHeadKeys, type SignedHead } from '@errand-dash/core';
import { type RequestHandler, Router } from 'express';
import { requestIdOf } from '../context.ts';

const FRESH_SECONDS = 300;
/** The newest head soon has a successor. */
const NEWEST_FRESH_SECONDS = 10;
const HEADS_MAX = 100;
const NUMBER = /^\d{1,15}$/;

/**
 * The heads of the sealed ledger and the keys that sign them, for anybody. `GET /ledger/heads?after=NUMBER` gives up to
 * a hundred in their order, `/ledger/heads/latest` the newest, `/ledger/heads/NUMBER` one; 404 where it is not there.
 * `limit` refuses who asks too often.
 */
export function publishHeads(core: Core, limit: RequestHandler): Router {
  const router = Router();
  // Public to pages of anybody's, unlike the rest.
  router.use(
    ['/ledger', '/.well-known/ledger-jwks.json'],
    (_req, res, next) => {
      res.setHeader('access-control-allow-origin', '*');
      next();
    },
    limit,
  );
  const keys = publicHeadKeys(core.seals);
  router.get('/.well-known/ledger-jwks.json', (_req, res) => {
    res.setHeader('cache-control', `public, max-age=${FRESH_SECONDS}`);
    res.json(keys);
  });
  router.get('/ledger/heads', async (req, res, next) => {
    const { after = '0' } = req.query;
    if (typeof after !== 'string' || !NUMBER.test(after)) return next();
    const heads = await read(core, req, { after: Number(after), limit: HEADS_MAX });
    res.setHeader(
      'cache-control',
      `public, max-age=${heads.length === HEADS_MAX ? FRESH_SECONDS : NEWEST_FRESH_SECONDS}`,
    );
    res.json({ heads });
  });
  router.get(
    '/ledger/heads/latest',
    answerOne(core, NEWEST_FRESH_SECONDS, () => 'latest'),
  );
  router.get(
    '/ledger/heads/:number',
    answerOne(core, FRESH_SECONDS, ({ params: { number } }) =>
      typeof number === 'string' && NUMBER.test(number) ? { after: Number(number) - 1, limit: 1 } : null,
    ),
  );
  return router;
}

type Asked = Parameters<typeof getHeads>[2];
type Request = Parameters<RequestHandler>[0];

function answerOne(
  core: Core,
  freshSeconds: number,
  askedBy: (req: Request) => Asked | null,
): RequestHandler {
  return async (req, res, next) => {
    const asked = askedBy(req);
    const [head] = asked === null ? [] : await read(core, req, asked);
    if (head === undefined || (typeof asked === 'object' && head.head.number !== (asked?.after ?? 0) + 1))
      return next();
    res.setHeader('cache-control', `public, max-age=${freshSeconds}`);
    res.json(head);
  };
}

const read = (core: Core, req: Request, asked: Asked): Promise<SignedHead[]> =>
  getHeads(core, { caller: { kind: 'anonymous' }, idempotencyKey: null, requestId: requestIdOf(req) }, asked);
