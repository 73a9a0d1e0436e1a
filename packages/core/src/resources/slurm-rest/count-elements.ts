/** Sites allow 1,001 unless they say otherwise. */
const mostCounted = 100_000;

/** How many elements `1-4,7,0-10:5%2` has. Undefined: that is no array, or too large a one to count. */
export function countElements(array: string): number | undefined {
  const found = new Set<number>();
  for (const part of array.replace(/%\d+$/, "").split(",")) {
    const [, first, last = first, step = "1"] = /^(\d+)(?:-(\d+)(?::(\d+))?)?$/.exec(part) ?? [];
    if (first === undefined || Number(step) === 0) return undefined;
    for (let index = Number(first); index <= Number(last); index += Number(step)) {
      found.add(index);
      if (found.size > mostCounted) return undefined;
    }
  }
  return found.size;
}
