import { parentPort, workerData } from 'node:worker_threads';
import { SimulatedCards } from '../study/simulated-cards.ts';
import { type Simulation, simulated } from './plan-apart.ts';

const { kind, input } = workerData as Simulation;
parentPort?.postMessage(simulated({ kind, input: { ...input, cards: SimulatedCards.revived(input.cards) } } as Simulation));
