import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The root of the repository. */
export const root = path.resolve(import.meta.dirname, '../..');

const notOurs = new Set(['node_modules', 'dist', '.git', '.data', '.turbo', 'coverage']);

/** Every file of the repository, as paths from its root with slashes, without what is installed, built or kept. */
export function houseFiles(folder = ''): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const place = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (notOurs.has(entry.name) || entry.name.startsWith('.dist-')) return [];
    return entry.isDirectory() ? houseFiles(place) : [place];
  });
}

export const readHouseFile = (place: string): string => readFileSync(path.join(root, place), 'utf8');
