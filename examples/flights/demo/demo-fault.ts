/** The demo cannot go on: something did not happen as it tells it. */
export class DemoFault extends Error {
  override readonly name = 'DemoFault';
}
