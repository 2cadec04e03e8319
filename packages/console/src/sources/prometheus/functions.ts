/** What PromQL has by itself, for completion. */
export const aggregations = ['sum', 'avg', 'min', 'max', 'count', 'stddev', 'stdvar', 'topk', 'bottomk', 'quantile', 'count_values', 'group', 'limitk', 'limit_ratio'];

export const functions: Readonly<Record<string, string>> = {
  abs: 'Absolute values', absent: '1 where nothing is found', absent_over_time: '1 where nothing is found in the range', avg_over_time: 'Average over the range', ceil: 'Rounded up', changes: 'How often the value changed', clamp: 'Between a lowest and a highest value',
  clamp_max: 'At most', clamp_min: 'At least', count_over_time: 'How many samples', day_of_month: 'Day of the month', day_of_week: 'Day of the week', day_of_year: 'Day of the year', days_in_month: 'Days of the month', delta: 'Difference over the range, of gauges',
  deriv: 'Slope per second', exp: 'Exponential', floor: 'Rounded down', histogram_avg: 'Average of a native histogram', histogram_count: 'Count of a native histogram', histogram_fraction: 'Part between two values', histogram_quantile: 'Quantile of buckets',
  histogram_sum: 'Sum of a native histogram', holt_winters: 'Smoothed', double_exponential_smoothing: 'Smoothed', hour: 'Hour of the day', idelta: 'Difference of the last two samples', increase: 'Increase over the range, of counters', irate: 'Rate of the last two samples',
  label_join: 'Labels joined to one', label_replace: 'A label from another', last_over_time: 'Last sample of the range', ln: 'Natural logarithm', log10: 'Logarithm to 10', log2: 'Logarithm to 2', max_over_time: 'Highest of the range', min_over_time: 'Lowest of the range',
  minute: 'Minute of the hour', month: 'Month of the year', pi: 'Pi', predict_linear: 'Value in so many seconds', present_over_time: '1 where there are samples', quantile_over_time: 'Quantile of the range', rate: 'Rate per second over the range, of counters',
  resets: 'How often a counter began anew', round: 'Rounded', scalar: 'A number from a vector of one', sgn: 'Sign', sort: 'Ascending', sort_desc: 'Descending', sqrt: 'Square root', stddev_over_time: 'Standard deviation of the range', sum_over_time: 'Sum of the range',
  time: 'The time of evaluation', timestamp: 'Times of samples', vector: 'A vector from a number', year: 'Year',
};

export const ranges = ['$__rate_interval', '$__interval', '$__range', '1m', '5m', '10m', '30m', '1h', '1d'];
