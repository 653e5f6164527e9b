/** How the scanner is doing, for `/ready`. Lives as long as the process or isolate. */
export interface ScannerHealth {
  awaySince: number | null;
}
