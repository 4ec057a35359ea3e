/** Numbers for as many contacts as a bench wants: the fictional ones are too few. They are dialed in the sandbox alone. */
const [AREA, EXCHANGE] = [202, 2_000_000];
export const benchNumber = (n: number): string => `+1${AREA}${EXCHANGE + n}`;
