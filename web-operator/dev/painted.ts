/** A moving picture drawn by hand, in place of a camera. */
export function paintedStream(): MediaStream {
  const canvas = document.createElement('canvas');
  const upright = innerHeight > innerWidth;
  canvas.width = upright ? 720 : 1280;
  canvas.height = upright ? 1280 : 720;
  const pen = canvas.getContext('2d');
  const draw = (time: number): void => {
    if (pen !== null) {
      const { width, height } = canvas;
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
      pen.fillStyle = Math.sin(time / 200) > 0 ? '#ff3b30' : '#7a1c18';
      pen.beginPath();
      pen.arc(width * 0.25, height * 0.42, 26, 0, Math.PI * 2);
      pen.fill();
    }
    requestAnimationFrame(draw);
  };
  draw(0);
  return canvas.captureStream(15);
}
