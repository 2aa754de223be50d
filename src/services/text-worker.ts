import { parentPort, workerData } from 'node:worker_threads';
import { readText, type TextSettings } from '../formats/text/read-text.ts';

const { text, settings } = workerData as { text: string; settings: TextSettings };
parentPort?.postMessage(readText(text, settings));
