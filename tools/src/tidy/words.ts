const drawer = /(?:^|\/)(?:utils?|helpers?|common|lib|misc|managers?|services?|types)(?:\/|\.[^/]*$)/;

/** Files and folders whose name could hold anything, so that nobody knows what it holds. */
export const drawersIn = (places: readonly string[]): string[] =>
  places.filter((place) => drawer.test(place));

const unfinished = /\b(?:TODO|FIXME|XXX|HACK)\b|\bnot implemented\b/;
const notRun = /\b(?:it|test|describe)(?:\.\w+)*\.(?:only|skip|todo|fails|skipIf|runIf)\b/;

/** The lines that leave something for later, or a test that does not run. */
export function unfinishedIn(place: string, text: string): string[] {
  const isTest = place.endsWith('.test.ts');
  return text.split('\n').flatMap((line, index) => {
    // The rules themselves, and the violations that prove them, name what they look for.
    if (/^tools\/src\/(tidy|layers)\//.test(place)) return [];
    const isFound = unfinished.test(line) || (isTest && notRun.test(line));
    return isFound ? [`${place}:${index + 1} ${line.trim()}`] : [];
  });
}
