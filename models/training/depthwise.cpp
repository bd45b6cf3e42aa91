// Backward passes of a depthwise convolution in bf16, channels last (NHWC), one thread, AVX-512 with BF16. For training on a
// processor only: oneDNN's own are five to ten times slower for 5 x 5 kernels and for stride 2. Channels: a multiple of 16.
#include <immintrin.h>
#include <cstdint>

namespace {

struct Shape {
  int batch, height, width, channels, stride, outHeight, outWidth;
};

__m512 load(const uint16_t *from) {
  const __m256i half = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from));
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
}

void store(uint16_t *to, __m512 value) {
  _mm256_storeu_si256(reinterpret_cast<__m256i *>(to), (__m256i)_mm512_cvtneps_pbh(value));
}

// Gradient of the weights: out[K * K][channels].
template <int K>
void weightGradient(const uint16_t *input, const uint16_t *gradient, float *out, const Shape &s) {
  for (int c = 0; c < s.channels; c += 16) {
    __m512 sums[K * K];
    for (__m512 &sum : sums) sum = _mm512_setzero_ps();
    for (int n = 0; n < s.batch; n++)
      for (int oy = 0; oy < s.outHeight; oy++) {
        const int y0 = oy * s.stride - K / 2;
        const uint16_t *row = gradient + (size_t)(n * s.outHeight + oy) * s.outWidth * s.channels + c;
        const bool rowsInside = y0 >= 0 && y0 + K <= s.height;
        for (int ox = 0; ox < s.outWidth; ox++) {
          const int x0 = ox * s.stride - K / 2;
          const __m512 g = load(row + (size_t)ox * s.channels);
          const uint16_t *patch = input + ((long)(n * s.height + y0) * s.width + x0) * s.channels + c;
          const bool inside = rowsInside && x0 >= 0 && x0 + K <= s.width;
#pragma GCC unroll 5
          for (int a = 0; a < K; a++) {
            if (!inside && (y0 + a < 0 || y0 + a >= s.height)) continue;
#pragma GCC unroll 5
            for (int b = 0; b < K; b++) {
              if (!inside && (x0 + b < 0 || x0 + b >= s.width)) continue;
              const __m512 value = load(patch + ((long)a * s.width + b) * s.channels);
              sums[a * K + b] = _mm512_fmadd_ps(g, value, sums[a * K + b]);
            }
          }
        }
      }
    for (int i = 0; i < K * K; i++) _mm512_storeu_ps(out + (size_t)i * s.channels + c, sums[i]);
  }
}

// Gradient of the input; weights are [K * K][channels].
template <int K, int S>
void inputGradient(const uint16_t *gradient, const float *weights, uint16_t *out, const Shape &s) {
  for (int c = 0; c < s.channels; c += 16) {
    __m512 kernel[K * K];
    for (int i = 0; i < K * K; i++) kernel[i] = _mm512_loadu_ps(weights + (size_t)i * s.channels + c);
    for (int n = 0; n < s.batch; n++)
      for (int y = 0; y < s.height; y++)
        for (int x = 0; x < s.width; x++) {
          __m512 sum = _mm512_setzero_ps();
#pragma GCC unroll 5
          for (int a = 0; a < K; a++) {
            const int up = y + K / 2 - a;
            if (up < 0 || up % S || up / S >= s.outHeight) continue;
#pragma GCC unroll 5
            for (int b = 0; b < K; b++) {
              const int left = x + K / 2 - b;
              if (left < 0 || left % S || left / S >= s.outWidth) continue;
              const size_t at = ((size_t)(n * s.outHeight + up / S) * s.outWidth + left / S) * s.channels;
              sum = _mm512_fmadd_ps(load(gradient + at + c), kernel[a * K + b], sum);
            }
          }
          store(out + ((size_t)(n * s.height + y) * s.width + x) * s.channels + c, sum);
        }
  }
}

}  // namespace

extern "C" void weight_gradient(const uint16_t *input, const uint16_t *gradient, float *out, int n, int h, int w, int c,
                                int kernel, int stride, int oh, int ow) {
  const Shape s{n, h, w, c, stride, oh, ow};
  if (kernel == 3) weightGradient<3>(input, gradient, out, s);
  else weightGradient<5>(input, gradient, out, s);
}

// Stride 2 only: with stride 1 this gradient is a forward convolution with the kernel turned round.
extern "C" void input_gradient(const uint16_t *gradient, const float *weights, uint16_t *out, int n, int h, int w, int c,
                               int kernel, int stride, int oh, int ow) {
  const Shape s{n, h, w, c, stride, oh, ow};
  if (kernel == 3) inputGradient<3, 2>(gradient, weights, out, s);
  else inputGradient<5, 2>(gradient, weights, out, s);
}
