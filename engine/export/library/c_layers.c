/* Layers in plain C. Exporters copy the functions that a network uses; each stands between two lines of dashes. */

/* --- dense --- */
/* y = x W + b, with W of (inputs, units). */
static void nn_dense(const float *x, float *y, const float *weight, const float *bias, int inputs, int units)
{
    for (int j = 0; j < units; j++) {
        float sum = 0.0f;
        for (int i = 0; i < inputs; i++)
            sum += x[i] * weight[(size_t)i * units + j];
        y[j] = bias ? sum + bias[j] : sum;
    }
}

/* --- conv2d --- */
/* Convolution of a picture (C, H, W) with kernels (F, C / groups, kh, kw). shape: C H W F OH OW kh kw,
   step: stride, dilation and zeros before, each of rows and columns, then groups; spread: a bias for every number. */
static void nn_conv2d(const float *x, float *y, const float *weight, const float *bias, const int *shape,
                      const int *step, int spread)
{
    const int channels = shape[0], height = shape[1], width = shape[2], filters = shape[3];
    const int rows = shape[4], columns = shape[5], kh = shape[6], kw = shape[7], groups = step[6];
    const int deep = channels / groups;
    for (int f = 0; f < filters; f++) {
        const int first = f / (filters / groups) * deep;
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) {
                float sum = 0.0f;
                for (int d = 0; d < deep; d++)
                    for (int i = 0; i < kh; i++) {
                        const int row = r * step[0] + i * step[2] - step[4];
                        if (row < 0 || row >= height)
                            continue;
                        for (int j = 0; j < kw; j++) {
                            const int column = c * step[1] + j * step[3] - step[5];
                            if (column >= 0 && column < width)
                                sum += x[((size_t)(first + d) * height + row) * width + column]
                                     * weight[(((size_t)f * deep + d) * kh + i) * kw + j];
                        }
                    }
                const size_t place = ((size_t)f * rows + r) * columns + c;
                y[place] = bias ? sum + bias[spread ? place : (size_t)f] : sum;
            }
    }
}

/* --- convtranspose2d --- */
/* Transposed convolution with kernels (C, F, kh, kw). shape as above, step: stride, and rows and columns cut off. */
static void nn_convtranspose2d(const float *x, float *y, const float *weight, const float *bias, const int *shape,
                               const int *step)
{
    const int channels = shape[0], height = shape[1], width = shape[2], filters = shape[3];
    const int rows = shape[4], columns = shape[5], kh = shape[6], kw = shape[7];
    for (int f = 0; f < filters; f++)
        for (int p = 0; p < rows * columns; p++)
            y[(size_t)f * rows * columns + p] = bias ? bias[f] : 0.0f;
    for (int d = 0; d < channels; d++)
        for (int h = 0; h < height; h++)
            for (int w = 0; w < width; w++) {
                const float value = x[((size_t)d * height + h) * width + w];
                for (int f = 0; f < filters; f++)
                    for (int i = 0; i < kh; i++) {
                        const int row = h * step[0] + i - step[2];
                        if (row < 0 || row >= rows)
                            continue;
                        for (int j = 0; j < kw; j++) {
                            const int column = w * step[1] + j - step[3];
                            if (column >= 0 && column < columns)
                                y[((size_t)f * rows + row) * columns + column] +=
                                    value * weight[(((size_t)d * filters + f) * kh + i) * kw + j];
                        }
                    }
            }
}

/* --- pool2d --- */
/* Largest number, or mean, of each window; what lies outside of the picture does not count.
   shape: C H W OH OW kh kw, step: stride, and rows and columns before the picture. */
static void nn_pool2d(const float *x, float *y, const int *shape, const int *step, int largest)
{
    const int height = shape[1], width = shape[2], rows = shape[3], columns = shape[4];
    for (int d = 0; d < shape[0]; d++)
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) {
                float most = -INFINITY, sum = 0.0f;
                int count = 0;
                for (int i = 0; i < shape[5]; i++)
                    for (int j = 0; j < shape[6]; j++) {
                        const int row = r * step[0] + i - step[2], column = c * step[1] + j - step[3];
                        if (row < 0 || row >= height || column < 0 || column >= width)
                            continue;
                        const float value = x[((size_t)d * height + row) * width + column];
                        most = value > most ? value : most;
                        sum += value;
                        count++;
                    }
                y[((size_t)d * rows + r) * columns + c] = largest ? most : sum / (float)count;
            }
}

/* --- globalavgpool2d --- */
static void nn_globalavgpool2d(const float *x, float *y, int channels, int pixels)
{
    for (int d = 0; d < channels; d++) {
        float sum = 0.0f;
        for (int p = 0; p < pixels; p++)
            sum += x[(size_t)d * pixels + p];
        y[d] = sum / (float)pixels;
    }
}

/* --- upsample2d --- */
static void nn_upsample2d(const float *x, float *y, int channels, int height, int width, int a, int b)
{
    for (int d = 0; d < channels; d++)
        for (int r = 0; r < height * a; r++)
            for (int c = 0; c < width * b; c++)
                y[((size_t)d * height * a + r) * width * b + c] = x[((size_t)d * height + r / a) * width + c / b];
}

/* --- zeropad2d --- */
static void nn_zeropad2d(const float *x, float *y, int channels, int height, int width, int a, int b)
{
    const int rows = height + 2 * a, columns = width + 2 * b;
    for (int d = 0; d < channels; d++)
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) {
                const int inside = r >= a && r < a + height && c >= b && c < b + width;
                y[((size_t)d * rows + r) * columns + c] =
                    inside ? x[((size_t)d * height + r - a) * width + c - b] : 0.0f;
            }
}

/* --- copy --- */
static void nn_copy(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = x[i];
}

/* --- batchnorm --- */
static void nn_batchnorm(const float *x, float *y, const float *weight, const float *bias, const float *mean,
                         const float *variance, int channels, int pixels, float epsilon)
{
    for (int d = 0; d < channels; d++) {
        const float scale = weight[d] / sqrtf(variance[d] + epsilon);
        for (int p = 0; p < pixels; p++)
            y[(size_t)d * pixels + p] = (x[(size_t)d * pixels + p] - mean[d]) * scale + bias[d];
    }
}

/* --- layernorm --- */
static void nn_layernorm(const float *x, float *y, const float *weight, const float *bias, int count, float epsilon)
{
    double mean = 0.0, variance = 0.0;
    for (int i = 0; i < count; i++)
        mean += x[i];
    mean /= count;
    for (int i = 0; i < count; i++)
        variance += (x[i] - mean) * (x[i] - mean);
    variance /= count;
    for (int i = 0; i < count; i++)
        y[i] = weight[i] * (float)((x[i] - mean) / sqrt(variance + epsilon)) + bias[i];
}

/* --- relu --- */
static void nn_relu(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = x[i] > 0.0f ? x[i] : 0.0f;
}

/* --- leakyrelu --- */
static void nn_leakyrelu(const float *x, float *y, int count, float slope)
{
    for (int i = 0; i < count; i++)
        y[i] = x[i] > 0.0f ? x[i] : slope * x[i];
}

/* --- elu --- */
static void nn_elu(const float *x, float *y, int count, float alpha)
{
    for (int i = 0; i < count; i++)
        y[i] = x[i] > 0.0f ? x[i] : alpha * expm1f(x[i]);
}

/* --- gelu --- */
static void nn_gelu(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = x[i] * 0.5f * (1.0f + erff(x[i] * 0.70710678f));
}

/* --- silu --- */
static void nn_silu(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = x[i] / (1.0f + expf(-x[i]));
}

/* --- softplus --- */
static void nn_softplus(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = (x[i] > 0.0f ? x[i] : 0.0f) + log1pf(expf(-fabsf(x[i])));
}

/* --- sigmoid --- */
static void nn_sigmoid(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = 1.0f / (1.0f + expf(-x[i]));
}

/* --- tanh --- */
static void nn_tanh(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] = tanhf(x[i]);
}

/* --- sine --- */
static void nn_sine(const float *x, float *y, int count, float frequency)
{
    for (int i = 0; i < count; i++)
        y[i] = sinf(frequency * x[i]);
}

/* --- softmax --- */
/* Along the first axis of (classes, places). */
static void nn_softmax(const float *x, float *y, int classes, int places)
{
    for (int p = 0; p < places; p++) {
        float most = -INFINITY, sum = 0.0f;
        for (int k = 0; k < classes; k++)
            most = x[(size_t)k * places + p] > most ? x[(size_t)k * places + p] : most;
        for (int k = 0; k < classes; k++)
            sum += y[(size_t)k * places + p] = expf(x[(size_t)k * places + p] - most);
        for (int k = 0; k < classes; k++)
            y[(size_t)k * places + p] /= sum;
    }
}

/* --- add --- */
static void nn_add(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] += x[i];
}

/* --- multiply --- */
static void nn_multiply(const float *x, float *y, int count)
{
    for (int i = 0; i < count; i++)
        y[i] *= x[i];
}
