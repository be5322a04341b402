import { createServer } from 'node:http';
import { endWithNpm, ensureDeps, isRunning, onStop } from './setup.mjs';

const HOST = '127.0.0.1';
const DEFAULT_PORT = 4173;
const USAGE = 'It takes --port N, --no-build and --dev.';

/** @param {string} sentence @returns {never} */
function refuse(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** @param {string | undefined} text */
function parsePort(text = '') {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  return refuse(`--port needs a number from 0 to 65535, not "${text}".`);
}

/** @param {string[]} args */
function parseFlags(args) {
  const flags = { port: DEFAULT_PORT, build: true, dev: false };
  const rest = args.values();
  for (const arg of rest) {
    if (arg === '--port') flags.port = parsePort(rest.next().value);
    else if (arg.startsWith('--port=')) flags.port = parsePort(arg.slice('--port='.length));
    else if (arg === '--no-build') flags.build = false;
    else if (arg === '--dev') flags.dev = true;
    else refuse(`npm start does not know "${arg}". ${USAGE}`);
  }
  if (flags.dev && !flags.build) refuse('--dev and --no-build exclude each other: hot reload serves no build.');
  return flags;
}

const flags = parseFlags(process.argv.slice(2));
endWithNpm();

// To be stopped is not a failure, whatever it was doing. A program it runs at that moment is ended by `run` first.
onStop.exitCode = () => 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (!isRunning()) process.exit(0);
  });
}

/** @param {NodeJS.ErrnoException} error @param {number} port @returns {never} */
function refusePort(error, port) {
  if (error.code === 'EADDRINUSE')
    refuse(`Port ${port} is taken. Stop what uses it, or choose another: npm start -- --port N`);
  if (error.code === 'EACCES')
    refuse(`Port ${port} may not be used without more rights. Choose another: npm start -- --port N`);
  refuse(`Port ${port} cannot be used: ${error.message}`);
}

/**
 * Takes the port before anything slow happens, so that a taken one is known at once and cannot be lost meanwhile.
 * @param {number} port
 * @returns {Promise<{ server: import('node:http').Server, port: number }>}
 */
function takePort(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => refusePort(error, port));
    server.listen(port, HOST, () => {
      const address = /** @type {import('node:net').AddressInfo} */ (server.address());
      resolve({ server, port: address.port });
    });
  });
}

/** @param {import('node:http').ServerResponse} response */
function answerNotYet(response) {
  response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8', 'Retry-After': '1' });
  response.end('The dashboard is being built. Try again in a moment.\n');
}

/** @param {import('node:http').Server} server */
async function serveBuild(server) {
  const { siteHandler, loadSite, IncompleteSite } = await import('./static-site.mjs');
  const { buildDist, distDir } = await import('./build.mjs');
  if (flags.build) {
    console.log('Building ...');
    if ((await buildDist()) !== 0) refuse('The build failed, so nothing is served; the reason is above.');
  }
  try {
    const handle = siteHandler(loadSite(distDir));
    server.removeAllListeners('request');
    server.on('request', handle);
  } catch (error) {
    if (!(error instanceof IncompleteSite)) throw error;
    refuse(`dist/ cannot be served: ${error.message}. Run npm start without --no-build, or npm run build.`);
  }
}

/** @param {number} port */
async function serveSources(port) {
  const { createServer: createViteServer } = await import('vite');
  const server = await createViteServer({
    server: { host: HOST, port, strictPort: true },
    logLevel: 'warn',
    clearScreen: false,
  });
  try {
    await server.listen();
  } catch (error) {
    const failure = /** @type {NodeJS.ErrnoException} */ (error);
    refuse(
      /already in use/.test(failure.message)
        ? `Port ${port} is taken.`
        : `Port ${port} cannot be used: ${failure.message}`,
    );
  }
}

const { server, port } = await takePort(flags.port);
server.on('request', (_request, response) => answerNotYet(response));
await ensureDeps();
if (flags.dev) {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  await serveSources(port);
} else {
  await serveBuild(server);
}

const address = `http://${HOST}:${port}`;
const answer = await fetch(`${address}/`);
await answer.arrayBuffer();
if (!answer.ok) refuse(`The server started but answered with ${answer.status}.`);
console.log(`\n${address}\n`);
