import { expect, test } from 'vitest';
import { UnexpectedAnswer } from '../../../../tools/bench/load.ts';
import { repeatRefused } from '../../../../tools/bench/repeat.ts';

const REFUSED = new UnexpectedAnswer(
  { method: 'GET', path: '/', expectedStatus: 200 },
  503,
  '{"code":"no-leader"}',
);

async function repeated(...outcomes: readonly (Error | string)[]) {
  const rest = [...outcomes];
  const reasons: string[] = [];
  const measure = async (): Promise<string> => {
    const outcome = rest.shift();
    if (outcome instanceof Error) throw outcome;
    return outcome ?? 'nothing';
  };
  const result = await repeatRefused(measure, (reason) => reasons.push(reason)).catch((error) => error);
  return { result, reasons, left: rest.length };
}

test('what was refused is measured again, and why is told', async () => {
  expect(await repeated(REFUSED, REFUSED, 'figures')).toEqual({
    result: 'figures',
    reasons: ['503 no-leader', '503 no-leader'],
    left: 0,
  });
  expect(await repeated('figures', 'more')).toEqual({ result: 'figures', reasons: [], left: 1 });
});

test('what is refused again and again, or fails in another way, ends it', async () => {
  expect(await repeated(REFUSED, REFUSED, REFUSED, 'figures')).toMatchObject({ result: REFUSED, left: 1 });
  const gone = new Error('other side closed');
  expect(await repeated(gone, 'figures')).toEqual({ result: gone, reasons: [], left: 1 });
});
