import { createHmac } from 'node:crypto';

/** Signs a body: HMAC-SHA256, in hex, over the time in seconds, a dot, and the body's bytes. */
export function signBody(secret: string, timestamp: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}
