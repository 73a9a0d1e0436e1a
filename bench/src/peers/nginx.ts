import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "scarf-tomo/testing";
import { environment } from "../harness/programs.js";
import { endProcess, endWithUs } from "../harness/run-process.js";

export interface Nginx extends AsyncDisposable {
  /** Takes `PUT`, and gives what lies there with sendfile. */
  readonly filesUrl: string;
  readonly filesFolder: string;
  /** The web service as far as one transfer needs it: any log-in succeeds, uploads go to the disk, every file is `filesFolder/given`. */
  readonly pacUrl: string;
}

/** nginx with one worker and its usual settings, on a free port, in a folder of its own. */
export async function startNginx(folder: string): Promise<Nginx> {
  const port = await findFreePort();
  const filesFolder = join(folder, "files");
  for (const name of ["files", "temporary"]) await mkdir(join(folder, name), { recursive: true });
  const configuration = join(folder, "nginx.conf");
  await writeFile(configuration, renderConfiguration(folder, filesFolder, port));
  const child = spawn("nginx", ["-c", configuration, "-e", join(folder, "error.log")], {
    env: environment(),
    stdio: ["ignore", "ignore", "inherit"],
  });
  endWithUs(child);
  const filesUrl = `http://127.0.0.1:${port}/files/`;
  for (let attempt = 0; ; attempt++) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode} at once`);
    try {
      await (await fetch(filesUrl)).arrayBuffer();
      break;
    } catch (error) {
      if (attempt > 100) throw error;
      await sleep(50);
    }
  }
  return {
    filesUrl,
    filesFolder,
    pacUrl: `http://127.0.0.1:${port}/platform/`,
    [Symbol.asyncDispose]: () => endProcess(child),
  };
}

function renderConfiguration(folder: string, filesFolder: string, port: number): string {
  const pac = "/platform/webservice/pacclient";
  const token = "bench&quot;2026-01-01T00:00:00Z&quot;YmVuY2g=";
  return `
daemon off;
worker_processes 1;
${userInfo().uid === 0 ? "user root;" : ""}
pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  client_max_body_size 0;
  keepalive_requests 100000;
  default_type application/octet-stream;
  client_body_temp_path ${folder}/temporary/body;
  proxy_temp_path ${folder}/temporary/proxy;
  fastcgi_temp_path ${folder}/temporary/fastcgi;
  uwsgi_temp_path ${folder}/temporary/uwsgi;
  scgi_temp_path ${folder}/temporary/scgi;
  server {
    listen 127.0.0.1:${port};
    location /files/ { alias ${filesFolder}/; dav_methods PUT DELETE; create_full_put_path on; }
    location ${pac}/logon/ { default_type application/xml; return 200 '<User><name>bench</name><token>${token}</token></User>'; }
    location ${pac}/jobfiles/ { default_type text/plain; return 200 'PAC Server*/bench/given*FILE*1*true;'; }
    location ${pac}/file/ { rewrite ^ /files/given last; }
    location ${pac}/upfile/ {
      client_body_in_file_only clean;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";
      proxy_http_version 1.1;
      proxy_pass http://127.0.0.1:${port}/uploaded;
    }
    location /uploaded { default_type text/plain; return 200 'The file was uploaded successfully.'; }
  }
}
`;
}
