import { AuthError } from "scarf-tomo";
import { describe, expect, it } from "vitest";
import { LoginThrottle } from "./login-throttle.js";

const options = { attempts: 3, windowSeconds: 300, delaySeconds: 0.1 };

/** A guess that is wrong. */
function guess(throttle: LoginThrottle, userName: string, address: string): void {
  throttle.check(userName, address);
  throttle.fail(userName, address);
}

describe("login throttle", () => {
  it("refuses after the allowed failures, and allows again when the window is over", () => {
    let now = 1_000_000;
    const throttle = new LoginThrottle(options, () => now);
    for (let attempt = 0; attempt < 3; attempt += 1) guess(throttle, "anna", "10.0.0.1");
    expect(() => throttle.check("anna", "10.0.0.1")).toThrow(
      "Too many log-ins failed. The next one is possible in 5 minutes.",
    );
    expect(() => throttle.check("anna", "10.0.0.1")).toThrow(AuthError);
    now += 300_000;
    expect(() => throttle.check("anna", "10.0.0.1")).not.toThrow();
  });

  it("does not let others lock a user out from another address", () => {
    const throttle = new LoginThrottle(options);
    for (let attempt = 0; attempt < 3; attempt += 1) guess(throttle, "anna", "10.0.0.1");
    expect(() => throttle.check("anna", "10.0.0.2")).not.toThrow();
  });

  it("stops guessing one password for many users, and one user from many addresses", () => {
    const throttle = new LoginThrottle(options);
    for (let attempt = 0; attempt < 30; attempt += 1) guess(throttle, `user${attempt}`, "10.0.0.1");
    expect(() => throttle.check("anna", "10.0.0.1")).toThrow("Too many log-ins");
    for (let attempt = 0; attempt < 30; attempt += 1) guess(throttle, "bert", `10.0.1.${attempt}`);
    expect(() => throttle.check("bert", "10.0.2.1")).toThrow("Too many log-ins");
  });

  it("lets those in who are familiar at an address, whatever others try from it or with their names", () => {
    const throttle = new LoginThrottle(options);
    throttle.succeed("anna", "10.0.0.1");
    for (let attempt = 0; attempt < 33; attempt += 1) guess(throttle, `user${attempt}`, "10.0.0.1");
    for (let attempt = 0; attempt < 30; attempt += 1) guess(throttle, "anna", `10.0.1.${attempt}`);
    expect(() => throttle.check("anna", "10.0.0.1")).not.toThrow();
    expect(() => throttle.check("bert", "10.0.0.1")).toThrow("Too many log-ins");
    // Familiar is not trusted: guessing that very password is stopped as for anybody.
    for (let attempt = 0; attempt < 3; attempt += 1) guess(throttle, "anna", "10.0.0.1");
    expect(() => throttle.check("anna", "10.0.0.1")).toThrow("Too many log-ins");
  });

  it("takes an address where many work for what it is", () => {
    const throttle = new LoginThrottle(options);
    for (let user = 0; user < 20; user += 1) throttle.succeed(`user${user}`, "10.0.0.1");
    // The same user twice is one user.
    for (let time = 0; time < 50; time += 1) throttle.succeed("user0", "10.0.0.1");
    for (let attempt = 0; attempt < 30 + 3 * 20; attempt += 1) guess(throttle, `other${attempt}`, "10.0.0.1");
    expect(() => throttle.check("new", "10.0.0.1")).toThrow("Too many log-ins");
    expect(() => throttle.check("new", "10.0.0.2")).not.toThrow();
  });

  it("takes no success for a failure, however many there are", () => {
    const throttle = new LoginThrottle(options);
    for (let attempt = 0; attempt < 1000; attempt += 1) {
      throttle.check(`user${attempt}`, "10.0.0.1");
      throttle.succeed(`user${attempt}`, "10.0.0.1");
    }
    expect(() => throttle.check("somebody new", "10.0.0.1")).not.toThrow();
  });

  it("takes a name of a megabyte for a name like others", () => {
    const throttle = new LoginThrottle(options);
    const long = "x".repeat(1_000_000);
    for (let attempt = 0; attempt < 3; attempt += 1) guess(throttle, `${long}${attempt}`, "a");
    expect(() => throttle.check(long, "a")).toThrow("Too many log-ins");
  });

  it("forgets failures after the right password and waits longer with each one", () => {
    const throttle = new LoginThrottle(options);
    guess(throttle, "anna", "a");
    expect(throttle.delaySeconds("anna", "a")).toBeCloseTo(0.1);
    guess(throttle, "anna", "a");
    expect(throttle.delaySeconds("anna", "a")).toBeCloseTo(0.2);
    throttle.succeed("anna", "a");
    for (let attempt = 0; attempt < 3; attempt += 1) guess(throttle, "anna", "a");
    expect(() => throttle.check("anna", "a")).toThrow("Too many log-ins");
  });
});
