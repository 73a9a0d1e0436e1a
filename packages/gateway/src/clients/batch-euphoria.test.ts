import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, password, startFixture, userName } from "../testing/gateway-fixture.js";
import { WireUser } from "../testing/wire-user.js";

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const asXml = "Accept: text/xml,application/xml;";
const logOnBody = `<User><name>${userName}</name> <pass>${password}</pass> </User>`;

/** DKFZ's BatchEuphoria (Groovy): the current generation in XML. */
describe("BatchEuphoria", () => {
  let fixture: GatewayFixture;
  let user: WireUser;
  beforeAll(async () => {
    fixture = await startFixture();
    user = await WireUser.logOn(fixture);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it("an empty ping, f1 named by its Content-ID, details in XML, a content type with a space", async () => {
    const ping = await user.ws({
      path: "ping",
      headers: ["Content-Type: text/plain ", "Accept: application/xml"],
      body: "",
    });
    expect([ping.status, ping.text]).toEqual([
      200,
      `${xml}<Message><message>Web Services are ready on URL: http://h:8080/platform/</message></Message>`,
    ]);
    const logon = await user.ws({
      path: "logon",
      headers: ["Content-Type: application/xml", asXml],
      body: logOnBody,
    });
    const token = /^<\?xml[^>]*><User><token>(scarf362"[^<]*)<\/token><\/User>$/.exec(logon.text)?.[1] ?? "";
    expect(token).not.toBe("");
    const own = `Cookie: platform_token=${token.replaceAll('"', "#quote#")}`;
    const sent = await user.ws({
      path: "jobs/submit",
      headers: ["Content-Type: multipart/mixed;boundary=B", asXml, own],
      body:
        '--B\r\nContent-Disposition: form-data; name="AppName"\r\nContent-ID: <AppName>\r\n\r\ngeneric\r\n' +
        '--B\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: multipart/mixed; boundary=P\r\nContent-ID: <data>\r\n\r\n' +
        '--P\r\nContent-Disposition: form-data; name="COMMAND"\r\nContent-Type: application/xml; charset=UTF-8\r\n\r\n' +
        "<AppParam><id>COMMANDTORUN</id><value>sh script.sh &amp;&amp; echo ok</value><type></type></AppParam>\r\n" +
        "--P\r\n\r\n<AppParam><id>INPUT_FILE</id><value>script.sh,upload</value><type>file</type></AppParam>\r\n" +
        "--P\r\n\r\n<AppParam><id>OUTPUT_FILE</id><value>%J.output</value><type></type></AppParam>\r\n--P--\r\n\r\n" +
        '--B\r\nContent-Disposition: form-data; name="f1"\r\nContent-Type: application/octet-stream\r\nContent-ID: <script.sh>\r\n\r\necho ran\n\r\n--B--\r\n',
    });
    // The whole text of the document is the id.
    const id = sent.text.replaceAll(/<[^>]*>/g, "");
    expect(sent.text).toBe(`${xml}<Job><id>${id}</id></Job>`);
    expect(await user.wsEndOf(id)).toBe("DONE");
    const details = await user.ws({ path: `jobs/${id}`, headers: ["Accept: application/xml", own] });
    expect(details.text).toMatch(
      /^<\?xml[^>]*><jobs xmlns:atom="http:\/\/www\.w3\.org\/2005\/Atom" total="1"><atom:link rel="self" href="http:\/\/h:8080\/platform\/ws\/jobs"\/><job><jobId>/,
    );
    expect(details.text).toContain(`<jobId>${id}</jobId>`);
    expect(details.text).toContain("<jobStatus>DONE</jobStatus>");
    expect(details.text).toContain("<exitStatus>0</exitStatus>");
    const command = await user.ws({
      path: "userCmd",
      headers: ["Content-Type: application/xml ", asXml, own],
      body: `<UserCmd><cmd>bkill ${id}</cmd></UserCmd>`,
    });
    expect([command.status, command.text]).toEqual([
      400,
      `${xml}<error><message>Job &lt;${id}&gt;: Job has already finished</message></error>`,
    ]);
    const out = await user.ws({ path: "logout", headers: [own], body: "" });
    expect([out.status, out.text]).toEqual([200, ""]);
    const after = await user.ws({ path: "jobs", headers: [own] });
    expect(after.status).toBe(403);
  });

  it("an attachment called f1 whose name stands in Content-ID; the id in the document wins", async () => {
    const body =
      '--B\r\nContent-Disposition: form-data; name="AppName"\r\nContent-ID: <AppName>\r\n\r\ngeneric\r\n' +
      '--B\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: multipart/mixed; boundary=P\r\nContent-ID: <data>\r\n\r\n' +
      '--P\r\nContent-Disposition: form-data; name="COMMAND"\r\nContent-Type: application/xml; charset=UTF-8\r\n\r\n' +
      "<AppParam><id>COMMANDTORUN</id><value>cat &apos;my script.sh&apos; &amp;&amp; echo ok</value><type></type></AppParam>\r\n" +
      '--P\r\nContent-Disposition: form-data; name="INPUT_FILE"\r\n\r\n' +
      "<AppParam><id>INPUT_FILE</id><value>my script.sh,upload</value><type>file</type></AppParam>\r\n" +
      '--P\r\nContent-Disposition: form-data; name="OUTPUT_FILE"\r\n\r\n<AppParam><id>OUTPUT_FILE</id><value>%J.output</value><type></type></AppParam>\r\n--P--\r\n\r\n' +
      '--B\r\nContent-Disposition: form-data; name="f1"\r\nContent-Type: application/octet-stream\r\nContent-ID: <my%20script.sh>\r\n\r\n#!/bin/sh\n\r\n--B--\r\n';
    const answer = await user.post("submitapp", "multipart/mixed;boundary=B", body, [
      "Accept: text/xml,application/xml;",
    ]);
    expect(await user.outputOf(answer)).toBe("Done: #!/bin/sh\nok\n");
  });
});
