// Backward passes of a depthwise convolution in single precision, channels last (NHWC), one thread, for processors with AVX2 and FMA
// but without AVX-512 BF16 (depthwise.cpp). For training on a processor only: oneDNN's own are three to six times slower for
// 5 x 5 kernels and for stride 2. Channels: a multiple of 16.
#include <immintrin.h>
#include <cstddef>
#include <cstring>

namespace {

struct Shape {
  int batch, height, width, channels, stride, outHeight, outWidth;
};

// Gradient of the weights: out[K * K][channels]. Row by row of the gradient, so that what is read stays in the cache, and one row of
// the kernel at a time, so that its sums stay in registers.
template <int K>
void weightGradient(const float *input, const float *gradient, float *out, const Shape &s) {
  std::memset(out, 0, sizeof(float) * K * K * s.channels);
  for (int n = 0; n < s.batch; n++)
    for (int oy = 0; oy < s.outHeight; oy++)
      for (int c = 0; c < s.channels; c += 16) {
        const float *gradients = gradient + (size_t)(n * s.outHeight + oy) * s.outWidth * s.channels + c;
        for (int a = 0; a < K; a++) {
          const int y = oy * s.stride - K / 2 + a;
          if (y < 0 || y >= s.height) continue;
          const float *values = input + (size_t)(n * s.height + y) * s.width * s.channels + c;
          float *row = out + (size_t)a * K * s.channels + c;
          __m256 low[K], high[K];
          for (int b = 0; b < K; b++) {
            low[b] = _mm256_loadu_ps(row + (size_t)b * s.channels);
            high[b] = _mm256_loadu_ps(row + (size_t)b * s.channels + 8);
          }
          for (int ox = 0; ox < s.outWidth; ox++) {
            const int x0 = ox * s.stride - K / 2;
            const __m256 g0 = _mm256_loadu_ps(gradients + (size_t)ox * s.channels);
            const __m256 g1 = _mm256_loadu_ps(gradients + (size_t)ox * s.channels + 8);
            const bool inside = x0 >= 0 && x0 + K <= s.width;
#pragma GCC unroll 5
            for (int b = 0; b < K; b++) {
              if (!inside && (x0 + b < 0 || x0 + b >= s.width)) continue;
              const float *value = values + (long)(x0 + b) * s.channels;
              low[b] = _mm256_fmadd_ps(g0, _mm256_loadu_ps(value), low[b]);
              high[b] = _mm256_fmadd_ps(g1, _mm256_loadu_ps(value + 8), high[b]);
            }
          }
          for (int b = 0; b < K; b++) {
            _mm256_storeu_ps(row + (size_t)b * s.channels, low[b]);
            _mm256_storeu_ps(row + (size_t)b * s.channels + 8, high[b]);
          }
        }
      }
}

}  // namespace

extern "C" void weight_gradient(const float *input, const float *gradient, float *out, int n, int h, int w, int c, int kernel,
                                int stride, int oh, int ow) {
  const Shape s{n, h, w, c, stride, oh, ow};
  if (kernel == 3) weightGradient<3>(input, gradient, out, s);
  else weightGradient<5>(input, gradient, out, s);
}
