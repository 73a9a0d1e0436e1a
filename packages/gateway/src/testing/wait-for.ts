import { setTimeout as sleep } from "node:timers/promises";

/** Asks until the answer is no longer undefined. */
export async function waitFor<Answer>(ask: () => Promise<Answer | undefined>, seconds = 20): Promise<Answer> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`nothing happened within ${seconds} s`);
    await sleep(50);
  }
}
