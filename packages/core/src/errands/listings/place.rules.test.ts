import { greatCircleDistance } from 'h3-js';
import { describe, expect, test } from 'vitest';
import { coarseCellOf, coarseCellsWithin, roughPlaceOf } from './place.rules.ts';

/** Numbers from 0 to 1 that are the same in each run (a linear congruential generator, as in C11's example). */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

/** The point so far from another in a direction, on a sphere. */
function pointAt(from: { latitude: number; longitude: number }, metres: number, bearing: number) {
  const [lat, lon, angle] = [from.latitude, from.longitude, (metres / 6_371_008.8) * (180 / Math.PI)].map(
    (degrees) => (degrees * Math.PI) / 180,
  ) as [number, number, number];
  const latitude = Math.asin(
    Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(bearing),
  );
  const turn = Math.atan2(
    Math.sin(bearing) * Math.sin(angle) * Math.cos(lat),
    Math.cos(angle) - Math.sin(lat) * Math.sin(latitude),
  );
  const longitude = ((((lon + turn) * 180) / Math.PI + 540) % 360) - 180;
  return { latitude: (latitude * 180) / Math.PI, longitude };
}

test('a rough place says no more than the cell', () => {
  const rough = roughPlaceOf({ latitude: 6.4281, longitude: 3.4219 });
  const neighbour = roughPlaceOf({ latitude: rough.latitude + 0.0005, longitude: rough.longitude - 0.0005 });
  expect(neighbour).toEqual(rough);
  expect(rough.cell).toMatch(/^88[0-9a-f]{13}$/);
  const metres = greatCircleDistance([6.4281, 3.4219], [rough.latitude, rough.longitude], 'm');
  expect(metres).toBeGreaterThan(1);
  expect(metres).toBeLessThan(700);
});

describe('the coarse cells hold every point within the radius', () => {
  test.each([100, 2_000, 10_000, 25_000, 50_000])('%d metres, all over the Earth', (radiusMetres) => {
    const chance = numbers(radiusMetres);
    const next = () => chance.next().value;
    for (let centre = 0; centre < 60; centre += 1) {
      const near = {
        latitude: (Math.asin(2 * next() - 1) * 180) / Math.PI,
        longitude: next() * 360 - 180,
      };
      const cells = new Set(coarseCellsWithin(near, radiusMetres));
      for (let bearing = 0; bearing < 48; bearing += 1) {
        const far = pointAt(near, radiusMetres, (bearing / 24) * Math.PI);
        expect(cells.has(coarseCellOf(far)), JSON.stringify({ near, far })).toBe(true);
      }
    }
  });
  test('and are few', () => {
    const near = { latitude: 6.5, longitude: 3.4 };
    expect(coarseCellsWithin(near, 10_000).length).toBeLessThanOrEqual(37);
    expect(coarseCellsWithin(near, 50_000).length).toBeLessThanOrEqual(250);
  });
});
