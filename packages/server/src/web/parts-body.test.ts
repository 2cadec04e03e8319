import { expect, test } from 'vitest';
import { PartsBody } from './parts-body.ts';

const aBody = () => {
  const body = new PartsBody();
  for (let i = 0; i < 300; i++) {
    body.add(`{"n":${i},"short":"ž€😀"}`);
    if (i % 3 === 0) body.add('€'.repeat(i * 20));
    if (i % 5 === 0) body.add(Buffer.from('1,'.repeat(i * 10)));
  }
  // Longer than a piece.
  body.add('ž'.repeat(400_000));
  body.add(Buffer.alloc(600_000, '7'));
  body.add('end');
  return body;
};

test.each(['at once', 'later'])('a body leaves as the text that it is, whoever takes its parts %s', async (when) => {
  const body = aBody();
  const text = body.text();
  const length = body.bytes;
  const taken: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    body.flow({
      part(bytes, done) {
        if (when === 'at once') {
          taken.push(Buffer.from(bytes));
          return done();
        }
        // Good until it is taken.
        setImmediate(() => {
          taken.push(Buffer.from(bytes));
          done();
          done();
        });
      },
      end: resolve, failed: reject,
    });
  });
  const whole = Buffer.concat(taken);
  expect(whole.toString()).toBe(text);
  expect(whole.length).toBe(length);
});

test('two bodies at a time do not share what they lend', async () => {
  const [one, two] = [aBody(), aBody()];
  const [wanted] = [one.text()];
  const read = async (body: PartsBody) => {
    const parts: Buffer[] = [];
    for await (const part of body) parts.push(part);
    return Buffer.concat(parts).toString();
  };
  const [first, second] = await Promise.all([read(one), read(two)]);
  expect(first).toBe(wanted);
  expect(second).toBe(wanted);
});

test('nothing comes after a body was let go', () => {
  const body = aBody();
  let parts = 0;
  body.flow({
    part(_, taken) {
      parts++;
      body.destroy();
      taken();
    },
    end: () => expect.unreachable(), failed: () => expect.unreachable(),
  });
  expect(parts).toBe(1);
});
