import { expect, test } from 'vitest';
import { slugify } from './slug.ts';

test.each([
  ['Boiler room', 'boiler-room'], ['Überblick: Café & Straße (2024)', 'ueberblick3a-cafe-and-strasse-2024'], ['Насосы и вентили', 'nasosy-i-ventili'],
  ['泵房', 'e6b3b5-e688bf'], ['--- !?', 'da39a3e'], ['ops/eu-west @ night', 'ops-eu-west-at-night'], ['Pumps 🚰 ok', 'pumps-f09f9ab0-ok'],
  ['All the pumps of the northern plant and their upstream valves', 'ad7e24d'], ['C++ #1 = 50% "fast"', 'c2b-2b-23-1-3d-50-fast'],
])('%s', (title, slug) => {
  expect(slugify(title)).toBe(slug);
});
