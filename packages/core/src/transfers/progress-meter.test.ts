import { expect, it } from "vitest";
import { ProgressMeter } from "./progress-meter.js";

it("tells rate and time left over the last seconds", () => {
  let nowSeconds = 100;
  const meter = new ProgressMeter({ bytesTotal: 1000, nowSeconds: () => nowSeconds });
  expect(meter.update(0)).toEqual({ bytesDone: 0, bytesTotal: 1000 });
  nowSeconds = 101;
  expect(meter.update(100)).toEqual({
    bytesDone: 100,
    bytesTotal: 1000,
    bytesPerSecond: 100,
    secondsLeft: 9,
  });
  for (let step = 2; step <= 10; step += 1) {
    nowSeconds = 100 + step;
    meter.update(100 + (step - 1) * 10);
  }
  // It has become slow: after the window only the new speed counts.
  expect(meter.update(190)).toMatchObject({ bytesPerSecond: 10, secondsLeft: 81 });
});

it("has no rate for a clock that stands, a total that is unknown or a beginning anew", () => {
  let nowSeconds = 0;
  const meter = new ProgressMeter({ nowSeconds: () => nowSeconds });
  expect(meter.update(5)).toEqual({ bytesDone: 5 });
  nowSeconds = 1;
  expect(meter.update(10)).toEqual({ bytesDone: 10, bytesPerSecond: 10 });
  expect(meter.update(2)).toEqual({ bytesDone: 2 });
  nowSeconds = 2;
  expect(meter.update(6)).toEqual({ bytesDone: 6, bytesPerSecond: 4 });
});

it("stays small however often it is asked", () => {
  let nowSeconds = 0;
  const meter = new ProgressMeter({ bytesTotal: 100_000, nowSeconds: () => nowSeconds });
  let last = meter.update(0);
  for (let count = 1; count <= 50_000; count += 1) {
    nowSeconds += 0.0001;
    last = meter.update(count);
  }
  expect(last.bytesPerSecond).toBeCloseTo(10_000, -1);
});
