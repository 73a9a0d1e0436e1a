// Reads a demo's report.json and fails unless the whole journey was made and the picture is right.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2] ?? "report.json", "utf8"));
const stages = report.stages.map((stage) => stage.name);
console.log(
  `stages: ${stages.join(", ")}; outcome ${report.job?.outcome}; centre ${report.centre}; RMSE ${report.rmse}`,
);
const wanted = ["log in", "ping", "upload", "submit", "watch", "download", "log out"];
const missing = wanted.filter((name) => !stages.includes(name));
if (missing.length > 0) throw new Error(`stages missing from the report: ${missing.join(", ")}`);
if (report.job?.outcome !== "succeeded") throw new Error(`the job's outcome is ${report.job?.outcome}`);
if (!(report.rmse < report.rmseBound))
  throw new Error(`RMSE ${report.rmse} is not below ${report.rmseBound}`);
