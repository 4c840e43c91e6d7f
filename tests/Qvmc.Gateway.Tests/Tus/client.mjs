// Uploads a file with tus-js-client: node client.mjs TOOLS URL FILE NAME
// It is cut off once in the middle, goes on from what the server has, and tells what the last answer said. Then it
// begins another upload and gives it up.
import { createReadStream, statSync } from 'node:fs';
import { createRequire } from 'node:module';

const [tools, endpoint, file, name] = process.argv.slice(2);
const tus = createRequire(`${tools}/package.json`)('tus-js-client');
const size = statSync(file).size;
const options = { endpoint, metadata: { name, format: 'raw' }, uploadSize: size, retryDelays: [0, 100, 500], uploadDataDuringCreation: true };

const cut = await new Promise((resolve, reject) => {
  const upload = new tus.Upload(createReadStream(file), {
    ...options,
    chunkSize: 3_000_000,
    onError: reject,
    onSuccess: () => reject(new Error('not cut off')),
    onChunkComplete: () => upload.abort().then(() => resolve(upload.url), reject),
  });
  upload.start();
});

const last = await new Promise((resolve, reject) => {
  let answer;
  const upload = new tus.Upload(createReadStream(file), {
    ...options,
    chunkSize: 4_000_000,
    uploadUrl: cut,
    onAfterResponse: (_, response) => { answer = response; },
    onError: reject,
    onSuccess: () => resolve(answer),
  });
  upload.start();
});

const given = await new Promise((resolve, reject) => {
  const upload = new tus.Upload(createReadStream(file), {
    ...options,
    chunkSize: 1_000_000,
    onError: reject,
    onChunkComplete: () => upload.abort(true).then(() => resolve(upload.url), reject),
  });
  upload.start();
});

console.log(JSON.stringify({ url: cut, image: last.getHeader('Qvmc-Image'), given }));
