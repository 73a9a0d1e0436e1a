import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture, userName } from "../testing/gateway-fixture.js";
import { WireUser } from "../testing/wire-user.js";
import { submitWs } from "../testing/ws-submit.js";

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const form = "Content-Type: application/x-www-form-urlencoded";

/** Janelia's jacs-compute, LSFPACHelper (Java). */
describe("Janelia", () => {
  let fixture: GatewayFixture;
  let user: WireUser;
  beforeAll(async () => {
    fixture = await startFixture();
    user = await WireUser.logOn(fixture);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it("the token three times, a second content type, ids=1,2", async () => {
    const ids = [await submitWs(user, "sleep 60"), await submitWs(user, "sleep 60")];
    const token = user.cookie.slice("Cookie: platform_token=".length);
    const headers = [
      "Content-Type: application/xml",
      form,
      "Accept: application/xml",
      `platform_token: ${token}`,
      `REMOTE_USER: ${userName}`,
      user.cookie,
    ];
    for (const [action, word] of [
      ["suspend", "stopped"],
      ["resume", "resumed"],
      ["kill", "terminated"],
    ] as const) {
      const answer = await user.ws({ path: `jobs/${action}`, headers, body: `ids=${ids.join(",")}` });
      const lines = ids.map((id) => `Job &lt;${id}&gt; is being ${word}`);
      expect([answer.status, answer.text]).toEqual([
        200,
        expect.stringContaining(`${xml}<Message><message>${lines.join("\n")}</message>`),
      ]);
    }
    for (const id of ids) expect(await user.wsEndOf(id)).toBe("EXIT");
    const info = await user.ws({ path: "jobs/getfullinfo", headers, body: `ids=${ids.join("%2C")}` });
    expect(info.text.match(/<job>/g)).toHaveLength(2);
    expect(info.text).toContain('total="2"');
    const again = await user.ws({ path: "jobs/requeue", headers, body: `ids=${ids[0]}` });
    expect([again.status, again.text]).toEqual([200, expect.stringContaining("is being requeued")]);
    await user.ws({ path: "jobs/kill", headers, body: `ids=${ids[0]}` });
  });
});
