import type { FastifyInstance } from 'fastify';
import { FlashcaseError } from '../../errors/index.ts';
import type { JsonSchema, Schema } from '../json-schema.ts';
import { publicRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

/** The original's settings when no key is configured, as it reports them. */
const MODEL = 'grok-4-fast';
const NO_USE = { total_prompt_tokens: 0, total_completion_tokens: 0, total_tokens: 0, total_requests: 0 };
const anything: JsonSchema = { type: 'object' };

/** The original's AI routes, as it answers them without a key: FlashCase sends no card to anybody. */
export async function aiRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'ai';
  const bodies: readonly (readonly [string, Schema<unknown>])[] = [
    ['/ai/chat', schemas.chat],
    ['/ai/rewrite-card', schemas.rewriteCard],
    ['/ai/autocomplete-card', schemas.autocompleteCard],
  ];
  for (const [url, body] of bodies) {
    publicRoute(app, { method: 'POST', url, tag, summary: 'Answers 503: no AI service is configured', body }, async () => {
      throw new FlashcaseError('FC_NOT_CONFIGURED', { what: 'AI service not configured. Please set GROK_API_KEY.' });
    });
  }
  publicRoute(
    app,
    { method: 'GET', url: '/ai/health', tag, summary: 'Says that no AI service is configured', answer: anything },
    async () => ({
      status: 'healthy',
      grok_configured: false,
      courtlistener_configured: false,
      model: MODEL,
      rate_limiting_enabled: true,
      ai_rate_limits: { per_minute: 5, per_hour: 50 },
    }),
  );
  publicRoute(app, { method: 'GET', url: '/ai/usage', tag, summary: 'Nothing was used', answer: anything }, async () => ({
    usage: NO_USE,
    alert_threshold: 100_000,
    alert_triggered: false,
    cost_control: { model: MODEL, default_temperature: 0.7, max_tokens: { chat: 2000, rewrite: 1000, autocomplete: 500 } },
  }));
}
