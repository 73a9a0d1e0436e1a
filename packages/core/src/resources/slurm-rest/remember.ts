/** A long session of a gateway sees more jobs than it can keep. */
const mostRemembered = 10_000;

/** Keeps a value as the newest one, and lets the oldest go where there are too many. */
export function remember<Key, Value>(
  memory: Map<Key, Value>,
  key: Key,
  value: Value,
  most = mostRemembered,
): void {
  memory.delete(key);
  memory.set(key, value);
  for (const oldest of memory.keys()) {
    if (memory.size <= most) break;
    memory.delete(oldest);
  }
}
