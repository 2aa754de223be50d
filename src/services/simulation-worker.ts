import { parentPort, workerData } from 'node:worker_threads';
import { type PlanInput, planExam } from '../study/exam-plan.ts';
import { SimulatedCards } from '../study/simulated-cards.ts';

const input = workerData as PlanInput;
parentPort?.postMessage(planExam({ ...input, cards: SimulatedCards.revived(input.cards) }));
