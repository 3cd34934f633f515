/** Pictures drawn by hand, in place of a camera, a photo and a manual. */

/** A panel with a blue housing, a round gauge and a red light. */
function paintPanel(pen: CanvasRenderingContext2D, lit: boolean): void {
  const { width, height } = pen.canvas;
  const ground = pen.createLinearGradient(0, 0, width, height);
  ground.addColorStop(0, '#5b6a70');
  ground.addColorStop(1, '#2b3438');
  pen.fillStyle = ground;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = '#3f7fb0';
  pen.fillRect(width * 0.15, height * 0.35, width * 0.7, height * 0.4);
  pen.fillStyle = '#d8dee0';
  pen.beginPath();
  pen.arc(width / 2, height / 2, width * 0.16, 0, Math.PI * 2);
  pen.fill();
  pen.fillStyle = lit ? '#ff3b30' : '#7a1c18';
  pen.beginPath();
  pen.arc(width * 0.25, height * 0.42, 26, 0, Math.PI * 2);
  pen.fill();
}

/** A moving picture in place of a camera. */
export function paintedStream(): MediaStream {
  const canvas = document.createElement('canvas');
  const upright = innerHeight > innerWidth;
  canvas.width = upright ? 720 : 1280;
  canvas.height = upright ? 1280 : 720;
  const pen = canvas.getContext('2d');
  const draw = (time: number): void => {
    if (pen !== null) {
      paintPanel(pen, Math.sin(time / 200) > 0);
    }
    requestAnimationFrame(draw);
  };
  draw(0);
  return canvas.captureStream(15);
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** A still of the panel. */
export function paintedPicture({ width, height }: Size): Promise<Blob> {
  return painted(width, height, (pen) => paintPanel(pen, true));
}

/** A page of a manual: a heading, lines of text, a figure. */
export function paintedPage({ width, height }: Size, number: number): Promise<Blob> {
  return painted(width, height, (pen) => {
    pen.fillStyle = '#ffffff';
    pen.fillRect(0, 0, width, height);
    pen.fillStyle = '#14232a';
    pen.font = '700 64px sans-serif';
    pen.fillText(`${number}  Starting the pump`, 110, 190);
    pen.fillStyle = '#9aa7ac';
    for (let line = 0; line < 9; line += 1) {
      pen.fillRect(110, 270 + line * 52, line % 4 === 3 ? 620 : 1020, 16);
    }
    pen.strokeStyle = '#3f7fb0';
    pen.lineWidth = 10;
    pen.strokeRect(210, 840, 820, 560);
    pen.beginPath();
    pen.arc(620, 1120, 190, 0, Math.PI * 2);
    pen.stroke();
  });
}

async function painted(
  width: number,
  height: number,
  paint: (pen: CanvasRenderingContext2D) => void,
): Promise<Blob> {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext('2d');
  if (pen !== null) {
    paint(pen);
  }
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  return blob ?? new Blob();
}
