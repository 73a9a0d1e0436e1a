// Adds up Vitest's JSON reports and ends with one plain line, `N passed, N failed`.
import { readFileSync } from "node:fs";

const totals = { passed: 0, failed: 0 };
for (const file of process.argv.slice(2)) {
  const report = JSON.parse(readFileSync(file, "utf8"));
  totals.passed += report.numPassedTests;
  totals.failed += report.numFailedTests;
}
console.log(`${totals.passed} passed, ${totals.failed} failed`);
if (totals.passed === 0 || totals.failed > 0) process.exit(1);
