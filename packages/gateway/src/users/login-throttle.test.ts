import { AuthError } from "scarf-tomo";
import { describe, expect, it } from "vitest";
import { LoginThrottle } from "./login-throttle.js";

const options = { attempts: 3, windowSeconds: 300, delaySeconds: 0.1 };

describe("login throttle", () => {
  it("refuses after the allowed failures, and allows again when the window is over", () => {
    let now = 1_000_000;
    const throttle = new LoginThrottle(options, () => now);
    for (let attempt = 0; attempt < 3; attempt += 1) throttle.begin("anna", "10.0.0.1");
    expect(() => throttle.begin("anna", "10.0.0.1")).toThrow(
      "Too many log-ins failed. The next one is possible in 5 minutes.",
    );
    expect(() => throttle.begin("anna", "10.0.0.1")).toThrow(AuthError);
    now += 300_000;
    expect(() => throttle.begin("anna", "10.0.0.1")).not.toThrow();
  });

  it("does not let others lock a user out from another address", () => {
    const throttle = new LoginThrottle(options);
    for (let attempt = 0; attempt < 3; attempt += 1) throttle.begin("anna", "10.0.0.1");
    expect(() => throttle.begin("anna", "10.0.0.2")).not.toThrow();
  });

  it("stops guessing one password for many users, and one user from many addresses", () => {
    const throttle = new LoginThrottle(options);
    for (let attempt = 0; attempt < 30; attempt += 1) throttle.begin(`user${attempt}`, "10.0.0.1");
    expect(() => throttle.begin("anna", "10.0.0.1")).toThrow("Too many log-ins");
    for (let attempt = 0; attempt < 30; attempt += 1) throttle.begin("bert", `10.0.1.${attempt}`);
    expect(() => throttle.begin("bert", "10.0.2.1")).toThrow("Too many log-ins");
  });

  it("takes a name of a megabyte for a name like others", () => {
    const throttle = new LoginThrottle(options);
    const long = "x".repeat(1_000_000);
    for (let attempt = 0; attempt < 3; attempt += 1) throttle.begin(`${long}${attempt}`, "a");
    expect(() => throttle.begin(long, "a")).toThrow("Too many log-ins");
  });

  it("forgets failures after the right password and waits longer with each one", () => {
    const throttle = new LoginThrottle(options);
    throttle.begin("anna", "a");
    expect(throttle.delaySeconds("anna", "a")).toBeCloseTo(0.1);
    throttle.begin("anna", "a");
    expect(throttle.delaySeconds("anna", "a")).toBeCloseTo(0.2);
    throttle.succeed("anna", "a");
    for (let attempt = 0; attempt < 3; attempt += 1) throttle.begin("anna", "a");
    expect(() => throttle.begin("anna", "a")).toThrow("Too many log-ins");
  });
});
