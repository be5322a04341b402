import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Heap in use after a collection, MB. */
export function heapMb(): number {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
}
